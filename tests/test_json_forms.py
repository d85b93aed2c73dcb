"""What the face writes as JSON comes back the same, and keeps the schema that is shipped."""

from __future__ import annotations

import json
import random
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from msp_rules import (
    Case,
    DeskState,
    Event,
    Feedback,
    MspRulesError,
    ScanResult,
    from_json,
    load_mapping,
    load_ruleset,
    scan,
    to_json,
)
from msp_rules.casework.moments import at_instant, iso_instant, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import FeedbackKind, PromptKey
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.core import core_ruleset
from tests.support.desk import ASKED, Desk
from tests.support.random_cases import random_case
from tests.support.replay import arrivals, replayed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
EXPORT = ROOT / "tests/data/example-export.xml"
MAPPED = ROOT / "docs/examples/mapping"
SCHEMAS = {
    "msp-case/1": ("casework", "case-1.json"),
    "msp-desk-state/1": ("prompts", "desk-state-1.json"),
    "msp-feedback/1": ("prompts", "feedback-1.json"),
    "msp-scan-result/1": ("audit", "scan-result-1.json"),
}
often = settings(derandomize=True, deadline=None, max_examples=effort.of(30, thorough=500))
texts = st.text(min_size=1, max_size=40)
moments = st.integers(-2_000_000_000_000_000, 4_000_000_000_000_000).map(
    lambda instant: parse_moment(iso_instant(instant))
)


@cache
def schema_of(name: str) -> Draft202012Validator:
    room, file = SCHEMAS[name]
    text = files(f"msp_rules.{room}").joinpath("schemas", file).read_bytes()
    return Draft202012Validator(json.loads(text))


def through_json(value: Any) -> Any:
    """The document of a value as another program gets it; it keeps its schema."""
    document = json.loads(json.dumps(to_json(value)))
    assert [*schema_of(document["schema"]).iter_errors(document)] == []
    return document


@cache
def engine_of(seed: int) -> Engine:
    return Engine(seeded_ruleset(seed), matcher="python")


@cache
def mapped_result() -> ScanResult:
    mapping = load_mapping(MAPPED / "forms.yaml")
    return scan(MAPPED / "forms.xml", core_ruleset(), mapping=mapping)


@often
@given(st.integers(0, 100_000))
def test_any_case_comes_back_the_same(seed: int) -> None:
    case, _ = random_case(random.Random(seed))

    assert from_json(Case, through_json(case)) == case
    assert [from_json(Event, to_json(event)) for event in case.events] == [*case.events]


@often
@given(st.integers(7100, 7109), st.integers(0, 10_000))
def test_any_state_of_the_desk_comes_back_the_same(seed: int, number: int) -> None:
    case, as_of = seeded_case(seed, number)
    state = replayed(engine_of(seed), case, as_of, arrivals(case)).state

    assert from_json(DeskState, through_json(state)) == state


@often
@given(
    texts,
    st.builds(PromptKey, texts, texts, st.none() | texts),
    st.integers(1, 99),
    st.sampled_from(FeedbackKind),
    st.tuples(moments, st.none() | moments, st.none() | moments),
    st.tuples(st.none() | texts, st.none() | texts, st.booleans()),
)
def test_any_feedback_comes_back_the_same(
    number: str, key: PromptKey, generation: int, kind: FeedbackKind, at: Any, said: Any
) -> None:
    feedback = Feedback(
        id=number,
        key=key,
        generation=generation,
        kind=kind,
        at=at[0],
        until=at[1],
        review_by=at[2],
        role=said[0],
        code=said[1],
        has_text=said[2],
    )

    assert from_json(Feedback, through_json(feedback)) == feedback


def test_a_state_that_was_lived_in_comes_back_the_same() -> None:
    desk = Desk()
    desk.say("DEC-02", "shown", "2026-01-05T10:05")
    desk.say("INV-03", "deferred", "2026-01-05T10:06", None, until="2026-01-07")
    desk.say("ASK-01", "overridden", "2026-01-05T10:07", code="unsafe", has_text=True)
    desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")

    assert from_json(DeskState, through_json(desk.state)) == desk.state


def test_a_scan_result_comes_back_the_same_with_its_rules() -> None:
    result = scan(EXPORT, core_ruleset(), as_of="2026-03-31")

    assert from_json(ScanResult, through_json(result), ruleset=core_ruleset()) == result


def test_a_mapped_result_comes_back_the_same_with_its_mapping_faults_included() -> None:
    result = mapped_result()
    assert result.tally.faults

    again = from_json(
        ScanResult, through_json(result), ruleset=result.ruleset, mapping=result.mapping
    )

    assert again == result
    assert again.is_complete is result.is_complete is False


def test_a_result_with_a_file_that_cannot_be_read_says_so_again(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<no/>")
    result = scan([EXPORT, broken], core_ruleset())

    again = from_json(ScanResult, through_json(result), ruleset=core_ruleset())

    assert [str(one) for one in again.unreadable] == [str(one) for one in result.unreadable]
    assert len(again.unreadable) == 1
    assert again.tally == result.tally


def test_a_document_shares_nothing_with_what_it_was_written_of() -> None:
    result = scan(EXPORT, core_ruleset())
    document = to_json(result)
    before = json.dumps(document)

    result.tally.merge(result.tally)

    assert json.dumps(document) == before


def test_a_result_of_other_rules_or_another_mapping_is_refused() -> None:
    result = mapped_result()
    document = to_json(result)
    council = load_ruleset("msp-core", [ROOT / "rulesets/example-council"])

    with pytest.raises(MspRulesError, match=r"other rules; load msp-core 0\.2\.0"):
        from_json(ScanResult, document, ruleset=council, mapping=result.mapping)
    with pytest.raises(MspRulesError, match="another mapping"):
        from_json(ScanResult, document, ruleset=result.ruleset)
    with pytest.raises(MspRulesError, match="read with the ruleset of its scan"):
        from_json(ScanResult, document)


@pytest.mark.parametrize("kind", [Case, DeskState, Feedback, ScanResult])
@pytest.mark.parametrize("text", ["", "{", b"\xff", "[]", "7", '{"schema": "msp-other/1"}', "{}"])
def test_what_is_no_such_document_is_refused(kind: Any, text: str | bytes) -> None:
    with pytest.raises(MspRulesError):
        from_json(kind, text, ruleset=core_ruleset())


@pytest.mark.parametrize("part", ["tally", "inputs", "matcher", "was_interrupted"])
def test_a_damaged_result_is_refused(part: str) -> None:
    document = {**to_json(mapped_result()), part: None}

    with pytest.raises(MspRulesError, match="is damaged"):
        from_json(ScanResult, document, ruleset=mapped_result().ruleset)


def test_feedback_is_read_from_what_a_host_writes() -> None:
    text = (
        '{"schema": "msp-feedback/1", "case": "SA-1", "id": "f1", "rule": "ASK-01",'
        '"first_subject": "e1", "generation": 1, "kind": "acknowledged", "at": "2026-01-05T10:00Z"}'
    )

    assert from_json(Feedback, text) == Feedback(
        id="f1",
        key=PromptKey("ASK-01", "SA-1", "e1"),
        generation=1,
        kind="acknowledged",
        at="2026-01-05T10:00:00Z",
    )


def test_other_values_have_no_json_form() -> None:
    with pytest.raises(MspRulesError, match="only a Case, Event"):
        to_json(at_instant(0))  # type: ignore[arg-type]
    with pytest.raises(MspRulesError, match="only a Case, Event"):
        from_json(str, {})  # type: ignore[type-var]
