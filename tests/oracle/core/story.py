"""A made-up case as a source would write it, mistakes included, and its canonical export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WITHHELD: Final = "\x00"


@dataclass(frozen=True, slots=True)
class Said:
    """One event as written: all values are texts, right or wrong."""

    id: str
    type: str
    occurred: str
    fields: tuple[tuple[str, str], ...] = ()
    recorded: str | None = None
    supersedes: str | None = None
    void: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One case."""

    id: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The cases of one file, its reference date, and what its source supplies (None: unsaid)."""

    reference_date: str
    stories: tuple[Story, ...]
    supplies: tuple[str, ...] | None = None
    as_of: str | None = None
    """The day to judge at, where it is not the reference date."""

    @property
    def day(self) -> int:
        """The day to judge at, as an ordinal."""
        return date.fromisoformat(self.as_of or self.reference_date).toordinal()


def as_xml(export: Export) -> str:
    """The canonical export."""
    supplies = (
        "" if export.supplies is None else f"<supplies>{' '.join(export.supplies)}</supplies>"
    )
    cases = "\n".join(_case(story) for story in export.stories)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<case_export xmlns="urn:msp-rules:case-export:1" version="1">\n'
        '<header><organisation>E1</organisation><system name="x" version="1"/>'
        f"<reference_date>{export.reference_date}</reference_date>{supplies}"
        f"<cases>{len(export.stories)}</cases></header>\n{cases}\n</case_export>\n"
    )


def _case(story: Story) -> str:
    events = "\n".join(_event(said) for said in story.said)
    return f'<case id={quoteattr(story.id)} agency="council"><adult ref="P"/>\n{events}\n</case>'


def _event(said: Said) -> str:
    attributes = {
        "id": said.id,
        "occurred": said.occurred,
        "recorded": said.recorded,
        "supersedes": said.supersedes,
        "void": said.void,
    }
    head = "".join(
        f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    return f"<{said.type}{head}>{''.join(_field(*one) for one in said.fields)}</{said.type}>"


def _field(name: str, value: str) -> str:
    if value == WITHHELD:
        return f'<{name} withheld="yes"/>'
    return f"<{name}>{escape(value)}</{name}>"


def simplest(stories: Sequence[Story]) -> Story:
    """The story of the fewest words."""
    return min(stories, key=lambda one: (len(one.said), sum(len(said.fields) for said in one.said)))
