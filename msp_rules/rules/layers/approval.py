"""Finds the entries of an overlay that lack the approval which its head requires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msp_rules.errors import Problem
from msp_rules.rules.layers.overlay import Change, FilterText, WaiverText


def unapproved(
    changes: Iterable[Change], filters: Iterable[FilterText], waivers: Iterable[WaiverText]
) -> Iterator[Problem]:
    """Yields every entry that lacks a part of its approval, or was approved by its writer.

    Rules and concepts of its own are approved with the head of the overlay.
    """
    entries = [(f"the change of {one.rule.value}", one.reasons) for one in changes]
    entries += [(f'the filter "{one.name}"', one.reasons) for one in filters]
    entries += [(f'the waiver "{one.name}"', one.reasons) for one in waivers]
    for what, reasons in entries:
        lacks = [
            key
            for key, value in (
                ("approved_on", reasons.approved_on),
                ("written_by", reasons.written_by),
            )
            if value is None
        ]
        if lacks:
            reason = f"it lacks {' and '.join(lacks)}"
        elif _is_same(reasons.written_by or "", reasons.approved_by):
            reason = f'"{reasons.approved_by}" wrote it, too: somebody else approves'
        else:
            continue
        message = (
            f"{what} is not approved as this overlay requires: {reason}; "
            "no scan or desk runs with it"
        )
        yield Problem(where=reasons.where, code="approval", message=message)


def _is_same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
