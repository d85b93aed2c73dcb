"""What a change does to one answer: findings and prompts that appear, disappear or change.

Nothing that is set aside counts as gone: what is waived, filtered or switched off, and what can't
be told or judged any more, has a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msp_rules.casework.case import Fault
from msp_rules.engine.measures import FINDINGS
from msp_rules.engine.questions import ASKING
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.rule import Prompt


class State(StrEnum):
    """How an answer counts."""

    FINDING = "finding"
    WAIVED = "waived"
    FILTERED = "filtered"
    SWITCHED_OFF = "switched_off"
    NO_SUCH_RULE = "no_such_rule"
    CANNOT_TELL = "cannot_tell"
    NOT_JUDGED = "not_judged"
    CLEAR = "clear"


class Effect(StrEnum):
    """What became of a finding or prompt; below `UNCHANGED`, where a finding went instead."""

    APPEARS = "appears"
    DISAPPEARS = "disappears"
    CHANGES = "changes"
    UNCHANGED = "unchanged"
    WAIVED = "waived"
    FILTERED = "filtered"
    SWITCHED_OFF = "switched_off"
    NO_SUCH_RULE = "no_such_rule"
    CANNOT_TELL = "cannot_tell"
    NOT_JUDGED = "not_judged"


class Side(NamedTuple):
    """One row before or after: how it counts, its verdict (None: no answer) and its weight.

    `asks` says whether a prompt stands on it; a waiver sets a finding aside, not the question.
    """

    state: State
    verdict: Verdict | None = None
    colour: str = "none"
    severity: str = ""
    asks: bool = False

    @property
    def weight(self) -> tuple[Verdict | None, str, str]:
        """What makes it another finding."""
        return self.verdict, self.colour, self.severity


class ChangedRow(NamedTuple):
    """One subject of one rule whose finding or prompt is not what it was.

    `finding` and `prompt` are None where there is none on either side. `team` and `agency` are
    those of the case, None where it does not say.
    """

    rule: str
    case: str
    subject: str | None
    team: str | None
    agency: str | None
    finding: Effect | None
    prompt: Effect | None
    before: Side
    after: Side


Key = tuple[str, str | None]
"""A rule id and a subject."""


def side_of(answer: Answer, *, may_ask: bool) -> Side:
    """How an answer counts, as far as it alone tells."""
    verdict = answer.verdict
    state = State.CLEAR
    if answer.waived is not None:
        state = State.WAIVED
    elif verdict in FINDINGS:
        state = State.FINDING
    elif verdict is Verdict.CANNOT_TELL:
        state = State.CANNOT_TELL
    asks = may_ask and verdict in ASKING
    return Side(state, verdict, answer.colour, answer.severity, asks)


def sides(
    answers: Sequence[Answer], faults: Sequence[Fault], silent: frozenset[str]
) -> dict[Key, Side]:
    """The rows of one evaluation, by rule and subject; `silent` rules do not ask now."""
    found = {
        (one.rule, one.subject): side_of(one, may_ask=one.rule not in silent) for one in answers
    }
    for fault in faults:
        found[fault.rule or "", fault.event] = Side(State.NOT_JUDGED)
    return found


def absent(rule: str, switches: Mapping[str, bool]) -> Side:
    """The row of a rule that gives none: `switches` says of each rule whether it is on."""
    if rule not in switches:
        return Side(State.NO_SUCH_RULE)
    return Side(State.CLEAR if switches[rule] else State.SWITCHED_OFF)


def finding_effect(before: Side, after: Side) -> Effect | None:
    """What became of a finding; None where there is none on either side."""
    is_old, is_new = (side.state is State.FINDING for side in (before, after))
    if is_old and is_new:
        return Effect.UNCHANGED if before.weight == after.weight else Effect.CHANGES
    if is_new:
        return Effect.APPEARS
    if is_old:
        return _GONE_TO.get(after.state, Effect.DISAPPEARS)
    if after.state is State.WAIVED and before.state is not State.WAIVED:
        return Effect.WAIVED
    return None


def prompt_effect(
    before: Side, after: Side, old: Prompt | None, new: Prompt | None
) -> Effect | None:
    """What becomes of a prompt; it changes with its words, urgency, steps or roles."""
    if before.asks and after.asks:
        return Effect.UNCHANGED if old == new else Effect.CHANGES
    if after.asks:
        return Effect.APPEARS
    if before.asks:
        return _GONE_TO.get(after.state, Effect.DISAPPEARS)
    return None


def compared(
    before: Mapping[Key, Side], after: Mapping[Key, Side], switches: Sequence[Mapping[str, bool]]
) -> Iterator[tuple[Key, Side, Side]]:
    """The rows of both sides, each beside its other; `switches` are those before and after."""
    keys = [*before, *(key for key in after if key not in before)]
    for key in keys:
        old = before.get(key) or absent(key[0], switches[0])
        new = after.get(key) or absent(key[0], switches[1])
        yield key, old, new


_GONE_TO: Final = {
    State.WAIVED: Effect.WAIVED,
    State.FILTERED: Effect.FILTERED,
    State.SWITCHED_OFF: Effect.SWITCHED_OFF,
    State.NO_SUCH_RULE: Effect.NO_SUCH_RULE,
    State.CANNOT_TELL: Effect.CANNOT_TELL,
    State.NOT_JUDGED: Effect.NOT_JUDGED,
}
