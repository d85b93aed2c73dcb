"""Reads an export in the ways that a scan is measured against, from the barest to the fairest.

`extraction` is what any program has to do that does something with the events of a case: it is the
yardstick of all ratios. Each gives what it counted, so that a time counts only where all counted
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from xml.parsers import expat

from lxml import etree

from msp_rules.intake.export_xml import open_export

_CASE: Final = "{urn:msp-rules:case-export:1}case"


class Counted(NamedTuple):
    """What was found in an export."""

    cases: int
    """The number of cases."""
    events: int | None = None
    """The number of their events; None for what does not look inside."""


def bare_expat(path: Path) -> Counted:
    """Parses with expat, and is called at the beginning of every element."""
    cases = 0

    def count(name: str, _attributes: object) -> None:
        nonlocal cases
        cases += name == "case"

    parser = expat.ParserCreate()
    parser.StartElementHandler = count
    with path.open("rb") as stream:
        parser.ParseFile(stream)
    return Counted(cases)


def iterparse(path: Path) -> Counted:
    """Lets lxml build each case as elements, and drops it."""
    cases = 0
    for _, case in etree.iterparse(str(path), tag=_CASE):
        cases += 1
        _free(case)
    return Counted(cases)


def extraction(path: Path) -> Counted:
    """Lets lxml build each case, and pulls out every event as plain Python values."""
    cases = events = 0
    for _, case in etree.iterparse(str(path), tag=_CASE):
        rows = [
            (event.tag, dict(event.attrib), [(field.tag, field.text) for field in event])
            for event in case
        ]
        cases += 1
        events += len(rows) - 1  # one of them is the adult
        _free(case)
    return Counted(cases, events)


def reader(path: Path) -> Counted:
    """Reads as a scan does, and judges nothing."""
    cases = events = 0
    with open_export(path) as read:
        for case in read:
            cases += 1
            events += len(case.events)
    return Counted(cases, events)


def _free(case: etree._Element) -> None:
    case.clear(keep_tail=False)
    parent = case.getparent()
    while parent is not None and case.getprevious() is not None:
        del parent[0]


YARDSTICKS: Final[Mapping[str, Callable[[Path], Counted]]] = {
    "expat": bare_expat,
    "iterparse": iterparse,
    "extraction": extraction,
    "read": reader,
}
"""The ways of reading by their names."""
