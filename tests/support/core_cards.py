"""Prompts of all core examples, with a canary in place of every text that a person wrote."""

from collections.abc import Iterator

from jsonschema import Draft202012Validator

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case, FieldValue
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import FieldKind, core_vocabulary
from msp_rules.prompts.desk import advance
from msp_rules.prompts.prompt import DeskState, Prompt
from tests.support.card_schema import CARD
from tests.support.core import core_ruleset
from tests.support.desk import core_engine

VALIDATOR = Draft202012Validator(CARD)
CANARY = "CANARY: as the adult said"


def prompts_of_core_examples() -> Iterator[Prompt]:
    for rule in core_ruleset().rules:
        for example in rule.examples:
            case = with_canaries(case_of(example, core_vocabulary())[0])
            state = DeskState(case=case.id)
            now = parse_as_of(example.as_of)
            yield from advance(core_engine(), case, state, now).state.standing


def with_canaries(case: Case) -> Case:
    """The case with a canary in place of every text that a person wrote."""

    def marked(event_type: str, name: str, value: FieldValue) -> FieldValue:
        is_text = core_vocabulary().events[event_type].fields[name].kind is FieldKind.TEXT
        if not is_text or name in ("rule", "subject"):
            return value
        return (CANARY,) if isinstance(value, tuple) else CANARY

    return case._replace(
        events=tuple(
            event._replace(
                fields={n: marked(event.type, n, value) for n, value in event.fields.items()}
            )
            for event in case.events
        )
    )
