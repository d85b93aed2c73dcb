"""The cases that a page keeps: those with most to look at, also after a scan was resumed."""

import io

from msp_rules.reports.html.records import CaseHead, Records, pack_record


def record(case: str, weight: int) -> bytes:
    head = CaseHead(
        weight=weight,
        case=case,
        owner="council / north",
        facets="0" * 13,
        colours="nnnnnnnnn",
        answers="00m1",
        signs=(2, 5),
        movement="gain",
        move="low low high high",
        records=["case:agency"],
        holdings={"supplies/said": 1},
        course="Concern 5 January 2026",
        first=("A-01",),
        counts=(0, 1, 0, 0),
    )
    return pack_record(head, f"<article>{case}</article>")


def kept(records: Records) -> list[tuple[str, str]]:
    return list(zip((head.case for head in records.heads()), records.texts(), strict=True))


CASES = (("a", 10), ("b", 100), ("c", 0), ("d", 100), ("e", 10))


def test_those_with_most_to_look_at_come_first_and_of_two_alike_the_earlier() -> None:
    records = Records(io.BytesIO(), most=9)

    records.add(b"".join(record(case, weight) for case, weight in CASES))

    assert [case for case, _ in kept(records)] == ["b", "d", "a", "e", "c"]
    assert kept(records)[0] == ("b", "<article>b</article>")
    assert (records.seen, records.count) == (5, 5)


def test_a_head_comes_back_as_it_was() -> None:
    records = Records(io.BytesIO(), most=1)

    records.add(record("a", 7))

    (head,) = records.heads()
    assert (head.case, head.weight, head.move) == ("a", 7, "low low high high")
    assert tuple(head.signs) == (2, 5)


def test_of_more_than_it_holds_those_with_most_to_look_at_stay() -> None:
    for most, cases in ((1, ["b"]), (2, ["b", "d"]), (3, ["b", "d", "a"])):
        records = Records(io.BytesIO(), most=most)

        for case, weight in CASES:
            records.add(record(case, weight))

        assert [case for case, _ in kept(records)] == cases
        assert records.seen == 5


def test_a_spool_of_an_earlier_run_gives_the_same_cases_and_goes_on() -> None:
    spool, whole = io.BytesIO(), Records(io.BytesIO(), most=3)
    before = Records(spool, most=3)
    for case, weight in CASES[:3]:
        before.add(record(case, weight))
    for case, weight in CASES:
        whole.add(record(case, weight))

    resumed = Records(spool, most=3)
    resumed.restore(before.seen)
    for case, weight in CASES[3:]:
        resumed.add(record(case, weight))

    assert kept(resumed) == kept(whole)
    assert resumed.seen == whole.seen
