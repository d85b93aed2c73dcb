"""A case of the core ruleset at the desk in few words: what is recorded, when, what is said."""

from __future__ import annotations

from functools import cache
from typing import Any

from msp_rules.casework.case import Case
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import Feedback, FeedbackKind, FeedbackResult, Prompt, PromptKey
from tests.builders.case import event_of
from tests.support.core import core_ruleset
from tests.support.replay import Host

CASE = "SA-1"
CONCERN = {"id": "e1", "occurred": "2026-01-05T10:00", "identified_adult": "yes"}
ASKED = {"id": "e2", "occurred": "2026-01-06T09:00", "asked": "asked_expressed"}


@cache
def core_engine() -> Engine:
    """The engine of the core ruleset; like all engines it is never changed."""
    return Engine(core_ruleset(), matcher="python")


class Desk(Host):
    """The host of a case with one concern, raised at ten on Monday 5 January 2026."""

    def __init__(self, engine: Engine | None = None) -> None:
        super().__init__(engine or core_engine(), Case(id=CASE, events=()))
        self.said = 0
        self.record("concern_raised", CONCERN, "2026-01-05T10:00")

    def record(self, event_type: str, body: dict[str, Any], at: str) -> dict[str, str]:
        """What one event changes, by rule."""
        return by_rule(self.receive(event_of(event_type, body), parse_as_of(at)))

    def at(self, moment: str) -> dict[str, str]:
        """What time alone changes, by rule."""
        return by_rule(self.look(parse_as_of(moment)))

    def prompt(self, rule: str, subject: str | None = "e1") -> Prompt:
        """The prompt of a rule, whether it stands or not."""
        return self.state.prompts[PromptKey(rule, CASE, subject)]

    def say(
        self, rule: str, kind: str, at: str, subject: str | None = "e1", **more: Any
    ) -> FeedbackResult:
        """What a worker says to the prompt as it is now."""
        self.said += 1
        prompt = self.prompt(rule, subject)
        until = more.pop("until", None)
        return self.hear(
            Feedback(
                **{
                    "id": f"f{self.said}",
                    "key": prompt.key,
                    "generation": prompt.generation,
                    "kind": FeedbackKind(kind),
                    "at": parse_moment(at),
                    "role": "worker",
                    "until": parse_moment(until) if until is not None else None,
                }
                | more
            )
        )


def by_rule(changes: Any) -> dict[str, str]:
    """The kind of each change; a rule with several subjects is not told apart."""
    return {change.prompt.key.rule: change.kind.value for change in changes}
