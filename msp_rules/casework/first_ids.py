"""Under which id an event was first recorded, over the corrections since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msp_rules.casework.case import Case
from msp_rules.casework.visibility import CaseView


def first_ids(view: CaseView) -> Mapping[str, str]:
    """Of each event in force that corrects another: the id at the head of its chain.

    Where two corrections of the same event stand side by side, each keeps its own id.
    """
    corrects = _corrections(view.case)
    if not corrects:
        return {}
    first: dict[str, str] = {}
    for events in view.by_type.values():
        heads = {event.id: _head(event.id, corrects) for event in events}
        shared = Counter(heads.values())
        first |= {one: head for one, head in heads.items() if head != one and shared[head] == 1}
    return first


def _corrections(case: Case) -> dict[str, str]:
    """What each event corrects; an id that is used twice says nothing sure."""
    if all(event.supersedes is None for event in case.events):
        return {}
    used = Counter(event.id for event in case.events)
    return {
        event.id: event.supersedes
        for event in case.events
        if event.supersedes is not None and used[event.id] == 1
    }


def _head(event_id: str, corrects: Mapping[str, str]) -> str:
    """The end of the chain; of a circle, the id itself."""
    seen, head = {event_id}, event_id
    while head in corrects:
        head = corrects[head]
        if head in seen:
            return event_id
        seen.add(head)
    return head
