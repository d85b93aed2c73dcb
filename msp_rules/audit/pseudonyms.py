"""Puts keyed pseudonyms in place of ids, teams and file names, so that results may be passed on.

A pseudonym is an HMAC-SHA-256 over the kind and the id, cut to so many bits (RFC 2104, section 5):
a case has the same one in every run with the same key. Without the key, a pseudonym can't be
computed from a guessed id, and nothing leads back from it; with the key and the export, `msp-rules
identify` finds the case again. Hiding ids is a mapping over results, of which scans know nothing.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from msp_rules.audit.case_audit import CaseResult, Findings, applying_of
from msp_rules.audit.case_audit.grid import Grid, Position
from msp_rules.audit.case_audit.questions import Rating
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.audit.result import ScanResult
from msp_rules.audit.supply import add_counts
from msp_rules.audit.tally import add_rows
from msp_rules.casework.case import NOT_A_NAME, CaseOwner, Fault
from msp_rules.errors import MspRulesError

_FORM: Final = "msp-rules pseudonym key 1"
_FIRST_LINE: Final = f"{_FORM} (keep it: it can tell which case is meant)"
_KEY_BYTES: Final = 32
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
"""Base32 (RFC 4648) two letters at a time: `base64` would take longer than the HMAC itself."""
CASE_LETTERS: Final = 16
"""80 bits: of a million cases, two share a pseudonym with a chance of 1 in 2.4 million."""
OTHER_LETTERS: Final = 10
"""50 bits, of events within one case, teams and files: of 1,000, 1 in 2.2 billion."""


class Pseudonyms:
    """Gives the pseudonyms of one key. The repr does not show the key; it can be pickled.

    `shown_teams` are names of teams that are not replaced: places of work that name nobody.
    """

    __slots__ = ("_secret", "key_id", "shown_teams")

    def __init__(self, secret: bytes, shown_teams: frozenset[str] = frozenset()) -> None:
        self._secret = secret
        self.shown_teams = shown_teams
        self.key_id = self._of("k", OTHER_LETTERS)

    def case(self, case_id: str) -> str:
        """Gives the pseudonym of a case: `c-` and 16 letters."""
        return self._of("c", CASE_LETTERS, case_id)

    def event(self, case_id: str, event_id: str) -> str:
        """Gives the pseudonym of an event: `e-` and 10 letters; in each case another one."""
        return self._of("e", OTHER_LETTERS, case_id, event_id)

    def team(self, name: str) -> str:
        """Gives the pseudonym of a team, or its name where that may be shown."""
        return name if name in self.shown_teams else self._of("t", OTHER_LETTERS, name)

    def file(self, name: str) -> str:
        """Gives the pseudonym of an input: its file name may itself name a person or a case."""
        return self._of("f", OTHER_LETTERS, name)

    def _of(self, kind: str, letters: int, *parts: str) -> str:
        # Lengths, so that no two different rows of parts are the same message.
        message = "".join([f"{len(part)}:{part}" for part in (kind, *parts)]).encode()
        number = int.from_bytes(hmac.digest(self._secret, message, "sha256")[:10])
        shifts = range(70, 70 - 5 * letters, -10)
        return f"{kind}-{''.join([_PAIRS[number >> shift & 1023] for shift in shifts])}"


def new_key_file(path: Path) -> None:
    """Writes a fresh key, readable by this user only; raises MspRulesError, also if one exists."""
    secret = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")
    write_secret(path, f"{_FIRST_LINE}\n{secret}\n".encode("ascii"))


def write_secret(path: Path, content: bytes) -> None:
    """Writes a new file that only this user can read; never over another one.

    Raises MspRulesError where there is one already, or it can't be written.
    """
    # Whole before it has its name: whoever finds a key at the same moment reads all of it.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as to:
            to.write(content)
        try:
            os.link(unfinished, path)
        finally:
            unfinished.unlink()
    except FileExistsError:
        message = f"{path.name} already exists; it is never overwritten"
        raise MspRulesError(message) from None
    except OSError as error:
        raise MspRulesError(f"{path.name} can't be written: {error.strerror}") from None


def read_key_file(path: Path, shown_teams: frozenset[str] = frozenset()) -> Pseudonyms:
    """Reads the key in a file; raises MspRulesError where the file holds no key."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise MspRulesError(f"{path.name} can't be read: {error.strerror}") from None
    try:
        secret = base64.b64decode(lines[1].strip(), validate=True) if len(lines) > 1 else b""
    except ValueError:
        secret = b""
    if not lines[0].startswith(_FORM.encode("ascii")) or len(secret) != _KEY_BYTES:
        message = 'not a pseudonym key; "msp-rules key pseudonym FILE" makes one'
        raise MspRulesError(f"{path.name}: {message}")
    return Pseudonyms(secret, shown_teams)


def key_for_one_run(shown_teams: frozenset[str] = frozenset()) -> Pseudonyms:
    """Gives pseudonyms of a key that is stored nowhere: nobody can trace them back."""
    return Pseudonyms(secrets.token_bytes(_KEY_BYTES), shown_teams)


def is_open_to_others(path: Path) -> bool:
    """Says whether other users of this machine can read a file; always False on Windows."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


class _Ids(dict[str, str]):
    """Gives the pseudonyms of the events of one case, each computed once."""

    def __init__(self, pseudonyms: Pseudonyms, case_id: str) -> None:
        super().__init__()
        self._pseudonyms, self._case_id = pseudonyms, case_id

    def __missing__(self, event_id: str) -> str:
        found = self[event_id] = self._pseudonyms.event(self._case_id, event_id)
        return found

    def one(self, event_id: str) -> str:
        return self[event_id]

    def all(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self.__getitem__, ids))


class PseudonymisedCases:
    """Gives results with pseudonyms; keeps the last one, which several outputs may ask for."""

    __slots__ = ("_last", "pseudonyms")

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self._last: tuple[CaseResult, CaseResult] | None = None

    def of(self, result: CaseResult) -> CaseResult:
        """Gives the same result, as `pseudonymised_case` does."""
        if self._last is None or self._last[0] is not result:
            self._last = (result, pseudonymised_case(result, self.pseudonyms))
        return self._last[1]


def pseudonymised_case(result: CaseResult, pseudonyms: Pseudonyms) -> CaseResult:
    """Gives the same result with no id of the export, no file and no name of a team in it."""
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
        adult=-1,
        answers=answers,
        applying=applying_of(answers),
        findings=_findings(result.findings, ids),
        facts=result.facts._replace(events=result.facts.events.under(ids.one)),
        has_plain_ids=False,
        owner=_owner(result.owner, pseudonyms),
        faults=tuple([pseudonymised_fault(one, pseudonyms) for one in result.faults]),
    )


def pseudonymised_result(result: ScanResult, pseudonyms: Pseudonyms) -> ScanResult:
    """Gives the same result with no id, team or file name in what was counted."""
    tally = result.tally
    answers_by_owner: dict[CaseOwner, list[int]] = {}
    cases_by_owner: dict[CaseOwner, int] = {}
    facets_by_owner: dict[CaseOwner, list[int]] = {}
    for owner, cases in tally.cases_by_owner.items():
        name = _owner(owner, pseudonyms)
        add_rows(answers_by_owner, {name: tally.answers_by_owner[owner]})
        add_counts(cases_by_owner, {name: cases})
        add_rows(facets_by_owner, {name: tally.facets_by_owner[owner]})
    faults = [pseudonymised_fault(fault, pseudonyms) for fault in tally.faults]
    return replace(
        result,
        pseudonym_key=pseudonyms.key_id,
        unreadable=(),  # they are among the faults
        tally=replace(
            tally,
            people=tally.people.number(),
            answers_by_owner=answers_by_owner,
            cases_by_owner=cases_by_owner,
            facets_by_owner=facets_by_owner,
            faults=faults,
            warnings=[
                one._replace(input=None if one.input is None else pseudonyms.file(one.input))
                for one in tally.warnings
            ],
        ),
        inputs=tuple(replace(one, name=pseudonyms.file(one.name)) for one in result.inputs),
    )


def pseudonymised_fault(fault: Fault, pseudonyms: Pseudonyms) -> Fault:
    """Gives the same fault without ids and without the name of its file; the line stays."""
    case = fault.case
    return fault._replace(
        input=None if fault.input is None else pseudonyms.file(fault.input),
        case=None if case is None else pseudonyms.case(case),
        event=None if fault.event is None else pseudonyms.event(case or "", fault.event),
    )


def _owner(owner: CaseOwner, pseudonyms: Pseudonyms) -> CaseOwner:
    agency, team = owner
    return owner if team in ("", NOT_A_NAME) else (agency, pseudonyms.team(team))


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
