"""A case goes into JSON and comes back the same; what a host writes wrong is told by its place."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from msp_rules.casework.case import WITHHELD, Case, Event, Supply
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.case_json import (
    CASE_SCHEMA,
    CaseRefused,
    case_document,
    case_from,
    case_schema,
    event_document,
    event_from,
)
from msp_rules.intake.source import open_cases
from msp_rules.rules import load_layers, shipped_ruleset
from tests.builders.case import case_of
from tests.support.random_cases import random_case

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEEDS = 300
CONCERN: dict[str, Any] = {"type": "concern_raised", "id": "e1", "occurred": "2026-01-05"}
SCHEMA = Draft202012Validator(case_schema(core_vocabulary()))


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


def of(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": CASE_SCHEMA, "id": "SA-1", "events": list(events), **more}


def problems_of(document: object) -> tuple[str, ...]:
    with pytest.raises(CaseRefused) as refused:
        case_from(document)
    return refused.value.problems


def without_lines(case: Case) -> Case:
    events = tuple(event._replace(line=0) for event in case.events)
    return case._replace(events=events, line=0)


@pytest.mark.parametrize("block", range(10))
def test_any_case_comes_back_the_same_and_its_document_keeps_the_schema(block: int) -> None:
    for seed in range(block, SEEDS, 10):
        case, _ = random_case(random.Random(seed))

        document = through_json(case_document(case))

        assert case_from(document) == case, seed
        assert SCHEMA.is_valid(document), seed


def test_the_cases_of_an_export_come_back_the_same_but_for_their_lines() -> None:
    with open_cases(ROOT / "tests/data/example-export.xml") as source:
        cases = [*source]

    for case in cases:
        document = through_json(case_document(case))
        assert case_from(document) == without_lines(case)
        assert SCHEMA.is_valid(document)


def test_a_case_is_written_in_the_words_of_the_vocabulary() -> None:
    case = case_of(
        ("concern_raised", {"occurred": "2026-07-05T10:15:00", "abuse_type": ["physical"]}),
        ("outcome_expressed", {"occurred": "2026-07-06", "text": {"withheld": True}}),
        case_id="SA-1",
        supply=Supply(
            declared=True,
            types=frozenset({"concern_raised"}),
            fields={"s42_decided": frozenset({"result"})},
        ),
        attributes={"agency": "council"},
    )

    assert case_document(case) == {
        "schema": "msp-case/1",
        "id": "SA-1",
        "agency": "council",
        "says": ["concern_raised", "s42_decided.result"],
        "events": [
            {
                "type": "concern_raised",
                "id": "e1",
                "occurred": "2026-07-05T10:15:00+01:00",
                "abuse_type": ["physical"],
            },
            {
                "type": "outcome_expressed",
                "id": "e2",
                "occurred": "2026-07-06",
                "text": {"withheld": True},
            },
        ],
    }


def test_the_time_of_a_message_is_checked_and_not_kept_but_its_organisation_is() -> None:
    case = case_from(of(CONCERN, at="2026-01-05T10:00:00Z", organisation="council"))

    assert case_document(case) == of(CONCERN, organisation="council")
    assert set(problems_of(of(CONCERN, at="yesterday", organisation=7))) == {
        "organisation: must be a text",
        "at: not a date (YYYY-MM-DD) or date-time (YYYY-MM-DDThh:mm:ss)",
    }


def test_an_event_stands_by_itself_in_the_same_form() -> None:
    body = {**CONCERN, "occurred": "2026-01-05T10:15:00+00:00", "uncertain": True}

    event = event_from(body)

    assert (event.is_certain, event.recorded) == (False, event.moment)
    assert event_document(event) == body


def test_what_could_not_be_read_is_neither_there_nor_absent() -> None:
    event = event_from({**CONCERN, "unreadable": ["abuse_type", "role"]})
    undated = event_from({"type": "concern_raised", "id": "e1", "unreadable": ["occurred"]})

    assert event.unknown == {"abuse_type", "role"}
    assert event.is_certain
    assert (undated.moment, undated.recorded, undated.is_certain) == (None, None, False)
    assert undated.unknown == frozenset()


def test_a_withheld_text_stays_withheld() -> None:
    body = {"type": "outcome_expressed", "id": "e1", "occurred": "2026-01-05"}

    assert event_from({**body, "text": {"withheld": True}}).fields["text"] == WITHHELD


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "the document: must be keys and values"),
        (of(CONCERN, schema="msp-case/2"), 'schema: must be "msp-case/1"'),
        (of(CONCERN, id=" SA-1"), "id: must be an id, without white space around it"),
        (of(CONCERN, id="x" * 201), "id: is longer than 200 characters"),
        (of(CONCERN, agnecy="council"), 'the document: unknown key; did you mean "agency"?'),
        (of(CONCERN, adult="A-1"), "adult: must be keys and values"),
        (of(CONCERN, adult={"name": "x"}), "adult: unknown key"),
        (of(CONCERN, events={}), "events: must be a list"),
        (of(CONCERN, says="concern_raised"), "says: must be a list"),
        (of(CONCERN, says=["concern"]), "says[0]: unknown word"),
        (of(CONCERN, unreadable=["case.team", "team"]), "unreadable[1]: unknown word"),
        (of("e1"), "events[0]: must be keys and values"),  # type: ignore[arg-type]
        (
            of({**CONCERN, "type": "concern_rased"}),
            "events[0].type: must be an event type of the vocabulary; did you mean "
            '"concern_raised"?',
        ),
        (of({**CONCERN, "occured": "2026-01-05"}), "events[0]: unknown key"),
        (of({"type": "concern_raised", "id": "e1"}), "events[0]: lacks occurred"),
        (of({**CONCERN, "occurred": "5.1.2026"}), "events[0].occurred: not a date"),
        (of({**CONCERN, "occurred": 20260105}), "events[0].occurred: must be a text"),
        (of({**CONCERN, "source": None}), "events[0].source: has no value; leave it out"),
        (of({**CONCERN, "identified_adult": True}), "events[0].identified_adult: write"),
        (of({**CONCERN, "source": ["police"]}), "events[0].source: given more than once"),
        (of({**CONCERN, "uncertain": "yes"}), "events[0].uncertain: must be true or false"),
        (
            of({**CONCERN, "source": "police", "unreadable": ["source"]}),
            'events[0].source: has a value, but is listed as "unreadable"',
        ),
        (of(CONCERN, CONCERN), "events[1].id: two events have this id"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(document: object, problem: str) -> None:
    assert any(one.startswith(problem) for one in problems_of(document))


def test_all_mistakes_are_told_at_once_and_none_repeats_a_value() -> None:
    secret = "Mrs Canary"
    bad = {**CONCERN, "source": secret, secret: secret, "abuse_type": secret}

    problems = problems_of(of(bad, {**CONCERN, "type": secret}, id=f" {secret}"))

    assert len(problems) == 5
    assert secret not in str(problems)


def test_two_events_of_one_id_may_stand_where_nobody_can_tell_which_is_meant() -> None:
    doubtful = {**CONCERN, "uncertain": True}

    assert len(case_from(of(doubtful, doubtful)).events) == 2


def test_a_councils_own_words_are_read_by_its_vocabulary() -> None:
    council = load_layers(shipped_ruleset("msp-core"), [ROOT / "rulesets/example-council"])
    words = council.ruleset.vocabulary
    assert words is not None
    kind = next(name for name in words.events if name.startswith("x_"))
    fields = {name: "yes" for name, one in words.events[kind].fields.items() if one.is_required}
    event = {"type": kind, "id": "e1", "occurred": "2026-01-05", **fields}

    case = case_from(of(event), words)

    assert case_document(case) == of(event)
    assert Draft202012Validator(case_schema(words)).is_valid(of(event))
    assert any("must be an event type" in one for one in problems_of(of(event)))


def test_no_word_of_the_vocabulary_is_a_key_of_the_form_itself() -> None:
    words = core_vocabulary()

    own = {"type", "unreadable", "uncertain"}
    assert not own & words.envelope.keys()
    assert not [kind.name for kind in words.events.values() if own & kind.fields.keys()]
    assert not {"schema", "adult", "says", "events", "at"} & words.case.keys()


def test_an_event_is_a_value_of_the_package() -> None:
    assert isinstance(event_from(CONCERN), Event)
