"""Results as they may leave the house: pseudonyms for ids, teams and file names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from msp_rules.audit.coverage import add_counts
from msp_rules.audit.findings import Findings
from msp_rules.audit.grid import Grid, Position
from msp_rules.audit.pseudonyms import Pseudonyms
from msp_rules.audit.rating import Rating
from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.audit.tally import add_rows
from msp_rules.audit.wellbeing import Wellbeing
from msp_rules.casework.case import Fault
from msp_rules.casework.holder import NOT_A_NAME, Holder


class _Ids:
    """The pseudonyms of the events of one case, each computed once."""

    def __init__(self, pseudonyms: Pseudonyms, case_id: str) -> None:
        self._pseudonyms, self._case_id = pseudonyms, case_id
        self._known: dict[str, str] = {}

    def one(self, event_id: str) -> str:
        found = self._known.get(event_id)
        if found is None:
            found = self._known[event_id] = self._pseudonyms.event(self._case_id, event_id)
        return found

    def all(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple([self.one(one) for one in ids])


class SharedCases:
    """Gives results with pseudonyms; it keeps the last one, which several documents may ask for."""

    __slots__ = ("_last", "pseudonyms")

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self._last: tuple[CaseResult, CaseResult] | None = None

    def of(self, result: CaseResult) -> CaseResult:
        """The same result, as `shared_case` gives it."""
        if self._last is None or self._last[0] is not result:
            self._last = (result, shared_case(result, self.pseudonyms))
        return self._last[1]


def shared_case(result: CaseResult, pseudonyms: Pseudonyms) -> CaseResult:
    """The same result with no id of the export and no name of a team in it."""
    ids = _Ids(pseudonyms, result.case)
    answers = tuple(
        [
            answer._replace(
                subject=None if answer.subject is None else ids.one(answer.subject),
                evidence=ids.all(answer.evidence),
            )
            if answer.subject is not None or answer.evidence
            else answer
            for answer in result.answers
        ]
    )
    return replace(
        result,
        case=pseudonyms.case(result.case),
        answers=answers,
        findings=_findings(result.findings, ids),
        holder=_holder(result.holder, pseudonyms),
    )


def shared_scan(scan: Scan, pseudonyms: Pseudonyms) -> Scan:
    """The same scan, once it is over, with no id, team or file name in what it counted."""
    tally = scan.tally
    held: dict[Holder, list[int]] = {}
    held_cases: dict[Holder, int] = {}
    for holder, cases in tally.held_cases.items():
        name = _holder(holder, pseudonyms)
        add_rows(held, {name: tally.held[holder]})
        add_counts(held_cases, {name: cases})
    faults = [shared_fault(fault, pseudonyms) for fault in tally.faults]
    return replace(
        scan,
        pseudonym_key=pseudonyms.key_id,
        unreadable=[],  # they are among the faults
        tally=replace(tally, held=held, held_cases=held_cases, faults=faults),
        inputs=[replace(one, name=pseudonyms.file(one.name)) for one in scan.inputs],
    )


def shared_fault(fault: Fault, pseudonyms: Pseudonyms) -> Fault:
    """The same fault without ids and without the name of its file; the line stays."""
    case = fault.case
    return fault._replace(
        input=None if fault.input is None else pseudonyms.file(fault.input),
        case=None if case is None else pseudonyms.case(case),
        event=None if fault.event is None else pseudonyms.event(case or "", fault.event),
    )


def _holder(holder: Holder, pseudonyms: Pseudonyms) -> Holder:
    agency, team = holder
    return holder if team in ("", NOT_A_NAME) else (agency, pseudonyms.team(team))


def _findings(findings: Findings, ids: _Ids) -> Findings:
    return Findings(
        audit={question: _rating(rating, ids) for question, rating in findings.audit.items()},
        practice={name: ids.all(found) for name, found in findings.practice.items()},
        wellbeing=_wellbeing(findings.wellbeing, ids),
        principles={
            name: row._replace(evidence=ids.all(row.evidence))
            for name, row in findings.principles.items()
        },
        grid=_grid(findings.grid, ids),
    )


def _rating(rating: Rating, ids: _Ids) -> Rating:
    said = rating.suggestion
    if said is None:
        return rating
    return rating._replace(suggestion=said._replace(evidence=ids.all(said.evidence)))


def _wellbeing(wellbeing: Wellbeing | None, ids: _Ids) -> Wellbeing | None:
    if wellbeing is None:
        return None
    return wellbeing._replace(
        domains={name: ids.all(found) for name, found in wellbeing.domains.items()},
        untagged=ids.all(wellbeing.untagged),
        unknown=ids.all(wellbeing.unknown),
    )


def _grid(grid: Grid | None, ids: _Ids) -> Grid | None:
    if grid is None:
        return None
    return grid._replace(first=_position(grid.first, ids), latest=_position(grid.latest, ids))


def _position(position: Position | None, ids: _Ids) -> Position | None:
    return None if position is None else position._replace(events=ids.all(position.events))
