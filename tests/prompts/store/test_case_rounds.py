"""Rounds take in whole cases: none that is broken stops the others, and each is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.hooks import FaultKind, Registry, hookimpl
from msp_rules.hooks.contract import MOST_CASE_BYTES, HookLimits
from msp_rules.prompts.adapter_round import Round, exchange_round
from msp_rules.prompts.case_round import MOST_CASES, CasesOfRound
from msp_rules.prompts.store import Desk, DeskOutbox, Memory, upgrade
from tests.support.told import concern

pytestmark = pytest.mark.slow

NOON = "2026-01-05T12:00:00"
WORDS = ("concern_raised", "immediate_safety_check")
CONCERN = {
    "type": "concern_raised",
    "id": "e1",
    "occurred": "2026-01-05T10:00:00",
    "identified_adult": "yes",
}
CHECK = {
    "type": "immediate_safety_check",
    "id": "e2",
    "occurred": "2026-01-05T11:00:00",
    "result": "safe",
}


def snapshot(case: str, *events: Mapping[str, object], at: str = NOON, **parts: Any) -> Any:
    return {"schema": "msp-case/1", "id": case, "at": at, "events": [*events], **parts}


def key(case: str, at: str = NOON) -> dict[str, str]:
    return {"id": case, "at": at}


class Host:
    """A host in memory that keeps whole cases."""

    def __init__(self, *cases: object) -> None:
        self.cases: list[Any] = [*cases]
        self.acknowledged: list[dict[str, str]] = []
        self.refused: list[dict[str, str]] = []
        self.shown: dict[str, dict[str, Any]] = {}

    @hookimpl
    def msp_find_cases(self, source: str, most: int) -> list[Any]:
        return self.cases[:most]

    @hookimpl
    def msp_acknowledge_cases(
        self, source: str, taken: list[dict[str, str]], refused: list[dict[str, str]]
    ) -> None:
        self.acknowledged += taken
        self.refused += refused
        done = [(one["id"], one["at"]) for one in [*taken, *refused]]
        self.cases = [one for one in self.cases if (one.get("id"), one.get("at")) not in done]

    @hookimpl
    def msp_receive_changes(self, source: str, changes: list[dict[str, Any]]) -> None:
        self.shown |= {one["prompt"]: one for one in changes}

    @property
    def asked(self) -> set[tuple[str, str]]:
        """The case and the rule of each prompt that is shown."""
        shown = [one for one in self.shown.values() if one["kind"] != "withdrawn"]
        return {(one["case"], one["card"]["source"]["topic"]["code"]) for one in shown}


class Supplier(Host):
    """A host that says what it delivers."""

    words: tuple[str, ...] = WORDS

    @hookimpl
    def msp_supplies(self) -> tuple[str, ...]:
        return self.words


class Mapped(Host):
    """A host that gives records of its own."""

    mapping = ""

    @hookimpl
    def msp_mapping(self) -> str:
        return self.mapping


class Live(Host):
    """A host that gives events as well."""

    @hookimpl
    def msp_find_events(self, source: str, most: int) -> list[Any]:
        return [concern("SA-9")]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    upgrade(tmp_path / "memory.db")
    with Memory(tmp_path / "memory.db") as opened:
        yield opened


@pytest.fixture
def desk(memory: Memory, engine: Engine) -> Desk:
    return Desk(memory, engine, supply=WORDS)


def run(host: object, desk: Desk, engine: Engine, now: str = NOON, **limits: HookLimits) -> Round:
    registry = Registry(limits=limits)
    registry.register("host", host)
    outbox = DeskOutbox(desk, engine.ruleset, lambda: now)
    return exchange_round(registry, "host", outbox, "s")


def test_a_whole_case_becomes_prompts_and_is_acknowledged(desk: Desk, engine: Engine) -> None:
    host = Host(snapshot("SA-1", CONCERN))

    done = run(host, desk, engine)

    assert (done.faults, done.case_faults, done.is_done) == ((), (), True)
    assert done.cases == CasesOfRound(taken=1)
    assert host.asked == {("SA-1", "RISK-01")}
    assert (host.acknowledged, host.cases) == ([key("SA-1")], [])


def test_an_edited_case_answers_and_the_same_again_changes_nothing(
    desk: Desk, engine: Engine
) -> None:
    host = Host(snapshot("SA-1", CONCERN))
    run(host, desk, engine)
    later = "2026-01-05T12:30:00"
    host.cases = [snapshot("SA-1", CONCERN, CHECK, at=later)]
    edited = run(host, desk, engine)
    host.cases = [snapshot("SA-1", CONCERN, CHECK, at=later)]
    again = run(host, desk, engine)

    assert host.asked == set()
    assert (edited.cases.taken, edited.sent) == (1, 1)
    assert (again.cases.taken, again.sent) == (1, 0)


def test_a_snapshot_from_before_the_newest_is_stale_and_changes_nothing(
    desk: Desk, engine: Engine
) -> None:
    early = "2026-01-05T11:30:00"
    host = Host(snapshot("SA-1", CONCERN, CHECK), snapshot("SA-1", CONCERN, at=early))

    done = run(host, desk, engine)

    assert done.cases == CasesOfRound(taken=1, stale=(key("SA-1", early),))
    assert host.asked == set()
    assert host.acknowledged == [key("SA-1"), key("SA-1", early)]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param(
            snapshot("SA-2", {**CONCERN, "source": "canary"}),
            "events[0].source: not one of the codes of source: self, ",
            id="a word that is in no list",
        ),
        pytest.param(
            {name: one for name, one in snapshot("SA-2", CONCERN).items() if name != "at"},
            "at: is missing: say when the host made the snapshot",
            id="no moment",
        ),
        pytest.param(
            snapshot("SA-2", CONCERN, at="yesterday"),
            "at: not a date (YYYY-MM-DD) or date-time (YYYY-MM-DDThh:mm:ss)",
            id="not a moment",
        ),
        pytest.param(
            snapshot("SA-2", CONCERN, at="2026-01-07"),
            "at: lies after now by more than 24 hours",
            id="a moment to come",
        ),
        pytest.param(
            {**key("SA-2"), "record": {"canary": 1}},
            "record: the plug-in has no msp_mapping by which it could be read",
            id="a record of its own",
        ),
        pytest.param(
            {**key("SA-2"), "events": []},
            'schema: must be "msp-case/1", or give the host\'s own record',
            id="neither",
        ),
        pytest.param(
            snapshot("SA-2", CONCERN, says=["canary"]),
            "says[0]: unknown word",
            id="says what there is not",
        ),
        pytest.param(
            snapshot("SA-2", team="x" * (MOST_CASE_BYTES + 1)),
            "result 2 is longer than 8192 KiB",
            id="too large",
        ),
        pytest.param(
            snapshot("SA-2", CONCERN, team=object()), "result 2 is not plain data (dict)", id="odd"
        ),
    ],
)  # fmt: skip
def test_a_broken_case_is_refused_by_place_and_stops_no_other(
    broken: dict[str, Any], reason: str, desk: Desk, engine: Engine
) -> None:
    host = Host(snapshot("SA-1", CONCERN), broken, snapshot("SA-3", CONCERN))

    done = run(host, desk, engine)

    (refused,) = done.cases.refused
    assert done.cases.taken == 2
    assert refused["id"] == "SA-2"
    assert refused["reason"].startswith(reason)
    assert "canary" not in refused["reason"]
    assert host.asked == {("SA-1", "RISK-01"), ("SA-3", "RISK-01")}
    assert host.refused == [refused]


def test_what_is_no_case_at_all_is_refused_beside_the_others(desk: Desk, engine: Engine) -> None:
    host = Host(snapshot("SA-1", CONCERN), snapshot("SA-2", CONCERN))
    host.cases.insert(1, "canary")

    done = run(host, desk, engine)

    reason = "result 2: a mapping was expected, got str"
    assert done.cases.refused == ({"id": "", "at": "", "reason": reason},)
    assert done.cases.taken == 2


def test_a_refused_case_is_a_letter_until_a_later_snapshot_of_it_is_taken(
    desk: Desk, engine: Engine
) -> None:
    host = Host(snapshot("SA-1", {**CONCERN, "source": "canary"}))
    run(host, desk, engine)
    (letter,) = desk.memory.letters()
    host.cases = [snapshot("SA-1", CONCERN, at="2026-01-05T12:00:01")]

    run(host, desk, engine)

    assert (letter.case, letter.change) == ("SA-1", None)
    assert letter.reason.startswith("events[0].source: not one of the codes")
    assert desk.memory.letters() == ()


def test_parts_that_cannot_be_are_named_and_the_case_is_taken(desk: Desk, engine: Engine) -> None:
    host = Host(snapshot("SA-1", {**CONCERN, "occurred": "0001-01-01T00:00:00"}))

    done = run(host, desk, engine)

    (fault,) = done.cases.faults
    assert done.cases.taken == 1
    assert (fault.case, fault.event) == ("SA-1", "e1")


def test_a_wrong_clock_postpones_cases_and_the_next_round_takes_them(
    desk: Desk, engine: Engine
) -> None:
    host = Host(snapshot("SA-1", CONCERN))
    desk.sweep(NOON)

    wrong = run(host, desk, engine, now="2036-01-05T12:00:00")
    right = run(host, desk, engine)

    (postponed,) = wrong.cases.postponed
    assert {name: postponed[name] for name in ("id", "at")} == key("SA-1")
    assert postponed["reason"].startswith("now lies more than 24 hours after the newest moment")
    assert (wrong.cases.taken, right.cases.taken, host.acknowledged) == (0, 1, [key("SA-1")])


class BreakingDesk(Desk):
    """A desk that fails at one case, in a way that nobody thought of."""

    def put_case(self, record: Any, *given: Any, **options: Any) -> Any:
        if record["id"] == "SA-2":
            raise ZeroDivisionError("canary")
        return super().put_case(record, *given, **options)


def test_a_case_that_cannot_be_taken_in_five_times_is_a_letter(
    memory: Memory, engine: Engine
) -> None:
    desk = BreakingDesk(memory, engine, supply=WORDS)
    host = Host(snapshot("SA-2", CONCERN), snapshot("SA-3", CONCERN))

    rounds = [run(host, desk, engine) for _ in range(5)]

    reason = "the case could not be taken in (ZeroDivisionError)"
    assert [len(one.cases.postponed) for one in rounds] == [1, 1, 1, 1, 0]
    assert rounds[4].cases.refused == ({**key("SA-2"), "reason": reason},)
    assert host.asked == {("SA-3", "RISK-01")}
    assert [one.case for one in memory.letters()] == ["SA-2"]


def test_a_round_takes_so_many_cases_and_says_that_there_are_more(
    desk: Desk, engine: Engine
) -> None:
    host = Host(*(snapshot(f"SA-{number}", CONCERN) for number in range(MOST_CASES + 1)))

    first, second = run(host, desk, engine), run(host, desk, engine)

    assert (first.cases.taken, first.is_done) == (MOST_CASES, False)
    assert (second.cases.taken, second.is_done) == (1, True)


def test_a_host_may_give_events_and_cases(desk: Desk, engine: Engine) -> None:
    done = run(Live(snapshot("SA-1", CONCERN)), desk, engine)

    assert (done.taken, done.cases.taken) == (1, 1)


def test_a_host_that_hangs_is_set_aside_and_asked_again(desk: Desk, engine: Engine) -> None:
    class Hanging(Host):
        is_stuck = True

        @hookimpl
        def msp_find_cases(self, source: str, most: int) -> list[Any]:
            while self.is_stuck:
                pass
            return self.cases[:most]

    now = [0.0]
    host = Hanging(snapshot("SA-1", CONCERN))
    limits = {"msp_find_cases": HookLimits(seconds=0.05, most_results=100)}
    registry = Registry(limits=limits, clock=lambda: now[0])
    registry.register("host", host)
    outbox = DeskOutbox(desk, engine.ruleset, lambda: NOON)

    first, second = (exchange_round(registry, "host", outbox, "s") for _ in range(2))
    host.is_stuck, now[0] = False, 11.0
    third = exchange_round(registry, "host", outbox, "s")

    assert [one.kind for one in first.faults] == [FaultKind.OVERRAN]
    assert [one.kind for one in second.faults] == [FaultKind.SET_ASIDE]
    assert (third.faults, third.cases.taken) == ((), 1)


def test_records_are_read_by_the_mapping_of_the_plugin(
    desk: Desk, engine: Engine, tmp_path: Path
) -> None:
    host = Mapped({**key("7"), "record": {"no": "SA-1", "when": "2026-01-05T10:00:00"}})
    host.mapping = str(tmp_path / "host.yaml")
    (tmp_path / "host.yaml").write_text(
        "schema: msp-rules/mapping/1\nname: host\nsource: json\ncase: {record: ., id: no}\n"
        "adult: {ref: no}\nevents:\n  - event: concern_raised\n    record: .\n"
        '    id: {path: no, suffix: "-c"}\n    occurred: when\n'
        '    fields: {identified_adult: {constant: "yes"}}\n'
    )

    done = run(host, desk, engine)
    host.cases = [{**key("7", "2026-01-05T11:59:59"), "record": {"no": "SA-1"}}]
    late = run(host, desk, engine)

    assert (done.cases.taken, host.acknowledged[0]) == (1, key("7"))
    assert host.asked == {("SA-1", "RISK-01")}
    assert late.cases.stale == (key("7", "2026-01-05T11:59:59"),)


def test_a_mapping_with_mistakes_postpones_its_cases_and_says_where(
    desk: Desk, engine: Engine, tmp_path: Path
) -> None:
    host = Mapped({**key("7"), "record": {"no": "SA-1"}})
    host.mapping = str(tmp_path / "host.yaml")
    (tmp_path / "host.yaml").write_text("schema: msp-rules/mapping/2\n")

    done = run(host, desk, engine)

    (postponed,) = done.cases.postponed
    assert "host.yaml" in postponed["reason"]
    assert host.acknowledged == []


def test_a_mapping_that_is_not_there_is_a_fault_and_no_case_is_lost(
    desk: Desk, engine: Engine
) -> None:
    host = Mapped({**key("7"), "record": {"no": "SA-1"}})
    host.mapping = "nowhere.yaml"

    done = run(host, desk, engine)

    assert [str(one) for one in done.faults] == [
        "plug-in host: invalid result in msp_mapping: the file does not exist"
    ]
    assert (done.cases, host.acknowledged) == (CasesOfRound(), [])


def test_what_the_host_does_not_supply_is_left_alone(desk: Desk, engine: Engine) -> None:
    host = Supplier(snapshot("SA-1", CONCERN, CHECK))
    run(host, desk, engine)
    host.cases = [snapshot("SA-1", CONCERN, at="2026-01-05T12:10:00")]
    Supplier.words = WORDS[:1]
    try:
        run(host, desk, engine)
    finally:
        Supplier.words = WORDS

    assert host.asked == set()


def test_an_outbox_that_takes_no_cases_is_refused_at_once(engine: Engine) -> None:
    class EventsOnly:
        def submit(self, message: Mapping[str, object]) -> str | None:
            return None

        def pending(self) -> list[Any]:
            return []

        def acknowledge(self, changes: Any) -> None:
            pass

    registry = Registry()
    registry.register("host", Host())

    with pytest.raises(MspRulesError, match="gives whole cases, which this outbox does not take"):
        exchange_round(registry, "host", EventsOnly(), "s")


# What a host supplies.


@pytest.mark.parametrize(
    ("supply", "words", "fault"),
    [
        (WORDS, WORDS, None),
        ((*WORDS, "case_closed"), WORDS, None),
        (WORDS, ("concern_raised.source",), None),
        (None, WORDS, "the adapter says what its host can deliver, and the desk counts everything"),
        (WORDS[:1], WORDS, "the adapter says that its host delivers types or fields that the desk"),
        (("concern_raised.source",), WORDS[:1], "the adapter says that its host delivers types"),
        (WORDS, ("concern_rised",), "msp_supplies must name event types, or type.field"),
    ],
)
def test_a_desk_that_counts_on_something_else_than_its_host_delivers_is_named(
    supply: tuple[str, ...] | None,
    words: tuple[str, ...],
    fault: str | None,
    memory: Memory,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Supplier, "words", words)

    done = run(Supplier(), Desk(memory, engine, supply=supply), engine)

    reasons = [one.reason for one in done.case_faults]
    assert len(reasons) == (0 if fault is None else 1)
    assert all(one.startswith(fault or "") for one in reasons)
