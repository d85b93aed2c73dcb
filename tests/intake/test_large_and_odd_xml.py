"""Sound XML that a parser or a limit could stumble over: the cases after it are read."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.reading import ReadLimits, ReadOptions, Shard

pytestmark = pytest.mark.slow

CONCERN = '<concern_raised id="e1" occurred="2026-01-05"><source>police</source></concern_raised>'
HEAD = (
    '<case_export xmlns="urn:msp-rules:case-export:1" version="1">'
    "<header><reference_date>2026-03-31</reference_date></header>\n"
)
TAIL = "</case_export>"
LIMIT = 1_000_000
TOO_LARGE = f"the case is larger than {LIMIT} bytes; it is not judged"
SHARDS = [Shard(), Shard(0, 2), Shard(1, 2)]


def case(name: str, more: str = "") -> str:
    return f'<case id="{name}"><adult ref="P"/>{CONCERN}{more}</case>\n'


def read(
    text: str | bytes, shard: Shard | None = None, limit: int = LIMIT
) -> tuple[list[Case], ExportReader]:
    raw = text.encode() if isinstance(text, str) else text
    options = ReadOptions(limits=ReadLimits(max_case_bytes=limit), shard=shard)
    reader = ExportReader(io.BytesIO(raw), "x.xml", options)
    return list(reader), reader


# Cases beyond the limit.

LARGE = {
    "a text": f"<plan_made id='p' occurred='2026-01-06'><lead>{'x' * 3_000_000}</lead></plan_made>",
    "many events": "<plan_made id='p' occurred='2026-01-06'/>\n" * 60_000,
    "text between events": "x" * 3_000_000 + "<plan_made/>" + "y" * 3_000_000,
    "a section": f"<plan_made><lead><![CDATA[{'<x>' * 1_000_000}]]></lead></plan_made>",
    "an attribute": f"<plan_made lead='{'x' * 3_000_000}'/>",
    "depth": "<a>" * 200_000 + "</a>" * 200_000,
    "fields and texts in turn": "<plan_made>" + "text<lead/>" * 200_000 + "</plan_made>",
}


@pytest.mark.parametrize("shard", SHARDS)
@pytest.mark.parametrize("more", LARGE.values(), ids=LARGE)
def test_a_case_that_is_too_large_is_set_aside_and_those_after_it_are_judged(
    more: str, shard: Shard
) -> None:
    text = HEAD + case("a") + case("b", more) + case("c") + case("d") + TAIL

    cases, reader = read(text, shard)

    own = [name for at, name in enumerate("abcd") if shard.owns(at)]
    if more.startswith("<a>"):  # deeper than any parser goes
        assert "too deep" in str(reader.truncation_fault)
        assert [one.id for one in cases] == (["a"] if "a" in own else [])
        return
    assert [one.id for one in cases] == [name for name in own if name != "b"]
    assert reader.faults == ([Fault(TOO_LARGE, "x.xml", 3, "b")] if "b" in own else [])
    assert reader.cases_read == 4


def test_the_first_case_may_be_the_one_that_is_too_large() -> None:
    cases, reader = read(HEAD + case("a", LARGE["a text"]) + case("b") + TAIL)

    assert [one.id for one in cases] == ["b"]
    assert [one.reason for one in reader.faults] == [TOO_LARGE]


def test_what_stands_between_cases_makes_none_of_them_too_large() -> None:
    between = f"<!-- {'x' * 3_000_000} --><other>{'y' * 3_000_000}</other>"

    cases, reader = read(HEAD + case("a") + between + case("b") + TAIL)

    assert [one.id for one in cases] == ["a", "b"]
    assert [one.reason for one in reader.faults] == ["there is an unknown element beside the cases"]


def test_a_header_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputUnreadable, match="the header is larger than 1000000 bytes"):
        read(HEAD.replace("</header>", f"<organisation>{'x' * 3_000_000}</organisation></header>"))


@pytest.mark.slow
@pytest.mark.parametrize("shard", SHARDS)
def test_a_text_of_eleven_million_characters_is_read(shard: Shard) -> None:
    long = f"<plan_made id='p' occurred='2026-01-06'><lead>{'x' * 11_000_000}</lead></plan_made>"

    cases, reader = read(HEAD + case("a") + case("b", long) + case("c") + TAIL, shard, 2**24)

    assert [one.id for one in cases] == [x for at, x in enumerate("abc") if shard.owns(at)]
    assert reader.faults == []


@pytest.mark.slow
def test_a_text_beyond_the_parsers_own_limit_is_named_as_that() -> None:
    long = f"<plan_made id='p' occurred='2026-01-06'><lead>{'x' * 11_000_000}</lead></plan_made>"
    text = f'<?xml version="1.0" encoding="utf-16"?>{HEAD}{case("a")}{case("b", long)}{TAIL}'

    cases, reader = read(text.encode("utf-16"), limit=2**26)

    assert [one.id for one in cases] == ["a"]
    assert "a text in it is too large to be read" in str(reader.truncation_fault)


class Endless:
    """A file of one case without an end, made while it is read."""

    def __init__(self, pieces: int) -> None:
        self._pieces = self._made(pieces)

    def _made(self, pieces: int) -> Iterator[bytes]:
        yield (HEAD + case("a") + '<case id="b"><adult ref="P"/>').encode()
        for _ in range(pieces):
            yield (f"text{CONCERN}" * 600).encode()

    def read(self, _size: int, /) -> bytes:
        return next(self._pieces, b"")

    def close(self) -> None:
        pass


def test_memory_does_not_grow_with_a_case_that_has_no_end() -> None:
    options = ReadOptions(limits=ReadLimits(max_case_bytes=LIMIT))
    list(ExportReader(Endless(100), "x.xml", options))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    reader = ExportReader(Endless(1_500), "x.xml", options)
    cases = list(reader)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert [one.id for one in cases] == ["a"]
    assert reader.truncation_fault is not None
    assert grown < 16_000, f"{grown} kB for {reader.bytes_read} bytes"


# Names, attributes and numbers that are odd.


@pytest.mark.parametrize("odd", ["<v:note/>", '<v:note xmlns:v="urn:v"/>'])
@pytest.mark.parametrize("place", ["case", "event", "adult", "header", "beside"])
def test_an_element_with_a_prefix_is_a_fault_and_the_good_cases_are_read(
    odd: str, place: str
) -> None:
    text = HEAD + case("a") + case("b") + case("c") + TAIL
    found = {
        "case": ('<case id="b">', 3, "the case has an element of another namespace"),
        "event": ('<case id="b"><adult ref="P"/><concern_raised id="e1" occurred="2026-01-05">',
                  3, "unknown field of concern_raised"),
        "adult": ('<case id="b"><adult ref="P">', 3, "unknown field of adult"),
        "header": ("<header>", 1, "unknown part of the header"),
        "beside": ("</header>", 1, "there is an unknown element beside the cases"),
    }  # fmt: skip
    before, line, reason = found[place]
    if place == "adult":
        text = text.replace('<case id="b"><adult ref="P"/>', '<case id="b"><adult ref="P"></adult>')

    cases, reader = read(text.replace(before, before + odd))

    assert before in text
    assert [one.id for one in cases] == ["a", "b", "c"]
    assert [one.reason.partition(";")[0] for one in reader.faults] == [reason]
    assert [one.line for one in reader.faults] == [line]


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        ("9" * 18, f"the header announces {'9' * 18} cases; 1 follow"),
        ("9" * 19, "cases of the header is too large a number"),
        ("9" * 5_000, "cases of the header is too large a number"),
        ("1e3", "cases of the header is not a whole number"),
    ],
)
def test_a_count_of_cases_may_be_any_number(digits: str, reason: str) -> None:
    head = HEAD.replace("</header>", f"<cases>{digits}</cases></header>")

    cases, reader = read(head + case("a") + TAIL)

    assert [one.id for one in cases] == ["a"]
    assert [one.reason for one in reader.faults] == [reason]


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("location", "reasons"),
    [
        (f'<location {XSI} xsi:nil="true"/>', []),
        (f'<location {XSI} xsi:nil="1"> </location>', []),
        (f'<location {XSI} xsi:nil="false"/>', ["has an attribute that no field may have"]),
        (f'<location {XSI} xsi:nil="true">other</location>',
         ["has an attribute that no field may have"]),
        ('<location xml:lang="en">other</location>', ["has an attribute that no field may have"]),
        ('<location withheld="yes"/>', ["only a text may be marked as withheld, and nothing else"]),
    ],
)  # fmt: skip
def test_a_field_may_say_that_it_has_no_value_and_have_no_other_attribute(
    location: str, reasons: list[str]
) -> None:
    text = HEAD + case("a").replace("</concern_raised>", f"{location}</concern_raised>") + TAIL

    (one,), reader = read(text)

    assert [fault.reason for fault in reader.faults] == [
        f"location of concern_raised: {reason}" for reason in reasons
    ]
    assert dict(one.events[0].fields) == {"source": "police"}
    assert one.events[0].unknown == ({"location"} if reasons else frozenset())


# Document types, however they are hidden.

TYPE = '<!DOCTYPE case_export [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "raw",
    [
        (TYPE + HEAD + TAIL).encode(),
        ("<!-- " + "x" * 70_000 + " -->" + TYPE + HEAD + TAIL).encode(),
        ("<!-- <a> --><?x <a> ?>" + TYPE + HEAD + TAIL).encode(),
        (TYPE + HEAD + TAIL).encode("utf-16"),
        (b'<?xml version="1.0" encoding="utf-7"?>' + (TYPE + HEAD + TAIL).encode("utf-7")),
    ],
    ids=["plain", "far", "after comments", "utf-16", "utf-7"],
)
def test_a_document_type_is_refused(raw: bytes) -> None:
    with pytest.raises(InputUnreadable):
        read(raw)
