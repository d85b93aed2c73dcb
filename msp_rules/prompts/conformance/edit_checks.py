"""Judges what a desk makes of a sample that was edited: each edit must arrive, and nothing else.

A real desk takes in what was found after each edit. What is in force of the record then, without
ids and moments of writing, is compared with what was in force before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msp_rules.casework.moments import Cutoff, cutoff_at
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError
from msp_rules.extras import library_of
from msp_rules.prompts.conformance.case_reader import CaseReader
from msp_rules.prompts.conformance.edits import Edit, EditSeen, EditStep
from msp_rules.prompts.conformance.report import CheckResult, CheckStatus
from msp_rules.prompts.conformance.sandbox import Walk

_NO_HOOK: Final = "it has no msp_edit_sample"
_LATE: Final = "what was found before an edit undoes it: `at` must be later after each edit"
_ASKS: Final = {
    "edited": "does an edit arrive, in the place of what was there?",
    "deleted": "does what is deleted in the host go?",
    "restored": "does what comes back stand as before?",
    "permission": "does what it may not see stay as it was?",
    "late": "when what was found before an edit comes late, does it change nothing?",
}
EDIT_CHECKS: Final = tuple(_ASKS)
"""The names of the checks that rest on edits."""
_CHECK_OF: Final = {
    Edit.EDITED: "edited",
    Edit.DELETED: "deleted",
    Edit.RESTORED: "restored",
    Edit.HIDDEN: "permission",
}

Record = Counter[tuple[str, str, str]]
"""See `trial_desk.Record`, which needs a database to import."""


@dataclass(slots=True)
class _Findings:
    """Gathers, for each check, how often it was tried and what is wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[str]] = field(default_factory=dict)

    def note(self, check: str, finding: str) -> None:
        """Notes what is wrong."""
        self.found.setdefault(check, []).append(finding)


def edit_checks(
    walk: Walk[EditSeen], engine: Engine, reader: CaseReader, folder: Path, *, is_needed: bool
) -> list[CheckResult]:
    """Checks what becomes of edits; `is_needed` says that an adapter has to show them."""
    findings = _Findings()
    examined = ""
    if walk.seen is None:
        findings.note("edited", walk.ended)
    elif not walk.seen["has_hook"]:
        examined = _NO_HOOK
        if is_needed:
            findings.note("edited", "it gives whole cases: give msp_edit_sample, too")
    else:
        for fault in walk.seen["faults"]:
            findings.note("edited", f"{fault['step']}: {fault['fault']}")
        for number, steps in enumerate(walk.seen["sources"]):
            _judge(steps, engine, reader, folder / f"{number}.db", findings)
    return [_result(name, findings, examined) for name in _ASKS]


def _result(name: str, findings: _Findings, examined: str) -> CheckResult:
    found = tuple(dict.fromkeys(findings.found.get(name, ())))
    status = CheckStatus.PASSED if findings.tried[name] else CheckStatus.NOT_APPLICABLE
    return CheckResult(
        name=name,
        asks=_ASKS[name],
        status=CheckStatus.FAILED if found else status,
        examined=examined or f"{findings.tried[name]} edits of samples",
        findings=found,
    )


def _judge(
    steps: Sequence[EditStep], engine: Engine, reader: CaseReader, path: Path, findings: _Findings
) -> None:
    """Judges the edits of one sample source."""
    if len(steps) == 1:
        return
    with library_of("memory", "checking edits of an adapter"):
        from msp_rules.prompts.conformance.trial_desk import TrialDesk  # noqa: PLC0415
    with TrialDesk(path, engine, reader, _now(steps)) as desk:
        desk.put(steps[0]["found"], steps[0]["cases"])
        before = desk.record()
        for step in steps[1:]:
            one = Edit(str(step["edit"]))
            check = _CHECK_OF[one]
            findings.tried[check] += 1
            for problem in desk.put(step["found"], step["cases"]):
                findings.note(check, problem)
            after = desk.record()
            for problem in _DIFFERENCES[one](before, after):
                findings.note(check, problem)
            before = after
        findings.tried["late"] += 1
        for step in reversed(steps[:-1]):  # so that the oldest, if it counts, counts in the end
            desk.put(step["found"], step["cases"])
        if desk.record() != before:
            findings.note("late", _LATE)


def _now(steps: Sequence[EditStep]) -> Cutoff:
    """Gives a moment by which the samples had been written."""
    found = [str(one.get("at")) for step in steps for one in step["cases"]]
    if not found:
        return cutoff_at("2100-01-01")
    moments = []
    for text in found:
        with suppress(MspRulesError):
            moments.append(cutoff_at(text))
    return max(moments, key=lambda one: one.instant, default=cutoff_at("2100-01-01"))


def _of_edit(before: Record, after: Record) -> Iterator[str]:
    if after == before:
        yield "an edit of what had been given is not found, or says the same as before"
    elif after.total() > before.total():
        yield "what was edited stands beside what was there: give it as a correction of that"
    elif after.total() < before.total():
        yield "after an edit, something else is gone"


def _of_deletion(before: Record, after: Record) -> Iterator[str]:
    if after == before:
        yield "what was deleted is still in force"
    elif not after < before:
        yield "after a deletion, something else has changed"


def _of_restoring(before: Record, after: Record) -> Iterator[str]:
    if after == before:
        yield "what came back is not in force"
    elif not before < after:
        yield "when something comes back, something else has changed"


def _of_hiding(before: Record, after: Record) -> Iterator[str]:
    if after != before:
        yield "what it may not see counts as deleted: leave its types out of `says`"


_DIFFERENCES: Final[Mapping[Edit, Callable[[Record, Record], Iterator[str]]]] = MappingProxyType(
    {
        Edit.EDITED: _of_edit,
        Edit.DELETED: _of_deletion,
        Edit.RESTORED: _of_restoring,
        Edit.HIDDEN: _of_hiding,
    }
)
