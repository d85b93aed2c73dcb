"""Prints the preview of an upgrade: what needs a decision first, then what merges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from msp_rules.authoring.upgrade.fields import Choice, FieldStatus, TouchedField
from msp_rules.authoring.upgrade.upgrade import Upgrade

_HEADS: Final = {
    FieldStatus.OPEN: "needs a decision",
    FieldStatus.KEPT: "decided: the overlay's value stays",
    FieldStatus.TAKEN: "decided: the new release's value holds",
    FieldStatus.STAYS: "merges by itself: the overlay's value stays",
    FieldStatus.SAME: "merges by itself: the new release says the same now",
}


def print_upgrade(found: Upgrade, console: Console) -> None:
    """Prints the whole preview."""
    for line in _lines(found):
        console.print(Text(line), soft_wrap=True)


def _lines(found: Upgrade) -> Iterator[str]:
    base, target = found.base, found.target
    yield f"{found.overlay.name}: from {base.id} {base.version} to {target.id} {target.version}"
    yield f"  sha256 {base.sha256}"
    yield f"      to {target.sha256}"
    for status, head in _HEADS.items():
        fields = [one for one in found.fields if one.status is status]
        if fields:
            yield f"{head} ({len(fields)})"
        for one in fields:
            yield from _field(one)
    if found.by_hand:
        yield f"to be fixed by hand ({len(found.by_hand)})"
        yield from (f"  {problem}" for problem in found.by_hand)
    if found.warnings:
        yield f"to look at ({len(found.warnings)})"
        yield from (f"  {problem}" for problem in found.warnings)
    if found.news:
        yield f"what {target.id} {target.version} changes by itself ({len(found.news)})"
        yield from (f"  {line}" for line in found.news)
    else:
        yield f"{target.id} {target.version} has the same rules as {base.version}"


def _field(field: TouchedField) -> Iterator[str]:
    yield f"  {field.key}: {field.why}"
    values = (("base", field.base), ("current", field.current), ("target", field.target))
    if any(value is not None for _, value in values):
        yield "    " + " | ".join(f"{name}: {value or 'none'}" for name, value in values)
    if field.status is FieldStatus.OPEN:
        ways = [f"--{one.value} {field.key}" for one in field.choices]
        only = " (it can't be kept)" if field.choices == (Choice.TAKE,) else ""
        yield f"    {' or '.join(ways)}{only}"
