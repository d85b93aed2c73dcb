"""Tells findings that are new from those that are gone or stay, and which term moved each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from msp_rules.audit.change.splitting import Stages
from msp_rules.audit.change.stages import FindingSeen

NEW: Final = "new"
UNCHANGED: Final = "unchanged"
GONE: Final = "gone"
STATES: Final = (NEW, GONE, UNCHANGED)
"""The states of a finding, in the order in which they are listed."""
RULES: Final = "rules"
COVERAGE: Final = "coverage"
PRACTICE: Final = "practice"
TERMS: Final = (RULES, COVERAGE, PRACTICE)
"""The terms of a change."""


class ComparedFinding(NamedTuple):
    """A finding of either side, followed from the one to the other."""

    fingerprint: str
    """The fingerprint by which it is known again."""
    state: str
    """One of `STATES`."""
    finding: FindingSeen
    """The finding of the new side; of one that is gone, that of the old side."""
    was: str | None
    """The verdict on the old side; None for a new finding."""
    by: tuple[str, ...]
    """The terms that brought it or took it away; of one that came and went, all of them."""


def compared_findings(stages: Stages) -> Iterator[ComparedFinding]:
    """Follows each finding, by rule and case: new ones, then those gone, then unchanged ones."""
    old, new = stages.before.findings, stages.after.findings
    found = [_compared(one, stages) for one in old.keys() | new.keys()]
    found.sort(key=_place)
    return iter(found)


def _place(one: ComparedFinding) -> tuple[int, str, str, str, str]:
    finding = one.finding
    return (
        STATES.index(one.state),
        finding.rule,
        finding.case,
        finding.subject or "",
        one.fingerprint,
    )


def _compared(fingerprint: str, stages: Stages) -> ComparedFinding:
    old, new = stages.before.findings.get(fingerprint), stages.after.findings.get(fingerprint)
    finding = new or old
    assert finding is not None  # it is a key of one of them
    state = NEW if old is None else GONE if new is None else UNCHANGED
    was = None if old is None else old.verdict
    return ComparedFinding(fingerprint, state, finding, was, _by(fingerprint, stages))


def _by(fingerprint: str, stages: Stages) -> tuple[str, ...]:
    """Names the steps at which the finding came or went."""
    stands = [fingerprint in one.findings for one in stages]
    steps = (RULES, COVERAGE, PRACTICE, COVERAGE, RULES)
    moved = {
        step for step, (one, other) in zip(steps, pairwise(stands), strict=True) if one != other
    }
    return tuple(term for term in TERMS if term in moved)
