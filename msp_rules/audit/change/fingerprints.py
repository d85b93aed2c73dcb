"""Gives findings a fingerprint by which the same one is known again in a later export.

It is made of the rule's id, the case's id and the entry that the finding is about: of an entry that
was corrected, the one first recorded; of one without an id of its own, its type, its moment and its
place among those. So neither the order of an export, nor a correction, nor a revision of the rule
changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from msp_rules.casework.case import Event
from msp_rules.casework.visibility import CaseView, first_ids
from msp_rules.engine.verdict import Answer
from msp_rules.intake.case_parts import is_substitute_id


class SubjectNames:
    """Names the entries of a case in a way that outlasts its export."""

    def __init__(self, view: CaseView) -> None:
        self._first: Mapping[str, str] = first_ids(view)
        self._without_id = dict[str, str]()
        for kind, events in view.by_type.items():
            counts = dict[str, int]()
            for event in events:
                if is_substitute_id(event.id):
                    place = f"{kind} {_moment(event)}"
                    counts[place] = counts.get(place, 0) + 1
                    self._without_id[event.id] = f"{place} {counts[place]}"

    def of(self, subject: str | None) -> str:
        """Names the entry that an answer is about; empty for the case as a whole."""
        if subject is None:
            return ""
        found = self._without_id.get(subject)
        return found if found is not None else f"id {self._first.get(subject, subject)}"


def fingerprint_of(answer: Answer, case: str, names: SubjectNames) -> str:
    """Gives 32 hexadecimal digits, the same for the same finding."""
    parts = "\x00".join((answer.rule, case, names.of(answer.subject)))
    return sha256(parts.encode()).hexdigest()[:32]


def _moment(event: Event) -> str:
    moment = event.moment
    return "" if moment is None else f"{moment.day} {moment.clock}"
