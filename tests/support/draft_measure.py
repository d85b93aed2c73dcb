"""Measures how much of a final mapping file a draft has as it stands, and how much it has wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ruamel.yaml import YAML

_SLASH_OUTSIDE = re.compile(r"/(?![^\[]*\])")


class Item(NamedTuple):
    """An event's date, or one of its fields."""

    event: str
    field: str | None
    record: str
    paths: frozenset[str]
    when: frozenset[tuple[str, str]]
    codes: tuple[tuple[str, str], ...] | None

    def agrees_with(self, final: Item) -> bool:
        """Tells whether a draft's item is that of a final mapping."""
        return (
            (self.event, self.field, self.record) == (final.event, final.field, final.record)
            and bool(self.paths & final.paths)
            and self.when <= final.when
            and not set(self.codes or ()) - set(final.codes or self.codes or ())
        )


@dataclass(frozen=True)
class Measured:
    """What of a final mapping stands in its draft."""

    found: list[Item]
    missed: list[Item]
    wrong: list[Item]
    """What the draft says otherwise of an event or field that the final mapping has."""
    more: list[Item]
    """What the draft says of events and fields that the final mapping leaves out."""

    @property
    def recall(self) -> float:
        """The share of the final mapping that the draft has."""
        return len(self.found) / (len(self.found) + len(self.missed))

    @property
    def precision(self) -> float:
        """The share of what the draft says of the same events and fields that is right."""
        return len(self.found) / (len(self.found) + len(self.wrong))


def measured(draft: str, final: str) -> Measured:
    """Compares a draft with the final mapping of the same export."""
    drafted, wanted = list(_items(draft)), list(_items(final))
    found = [one for one in wanted if any(other.agrees_with(one) for other in drafted)]
    right = [one for one in drafted if any(one.agrees_with(other) for other in wanted)]
    asked = {(one.event, one.field) for one in wanted}
    return Measured(
        found=found,
        missed=[one for one in wanted if one not in found],
        wrong=[o for o in drafted if o not in right and (o.event, o.field) in asked],
        more=[o for o in drafted if o not in right and (o.event, o.field) not in asked],
    )


def _items(text: str) -> Iterator[Item]:
    """Lists the events of a mapping and those of their fields that come from the export."""
    said = YAML(typ="safe").load(text)
    joins = {one.get("name", one["record"]): one["record"] for one in said["case"].get("joins", ())}
    tables = said.get("codes", {})
    is_xml = said.get("source", "xml") == "xml"

    def full(path: str) -> str:
        if not is_xml:
            return joins.get(path, path)
        steps = _SLASH_OUTSIDE.split(path)
        names = [(one.partition("["), one) for one in steps]
        return "/".join(
            f"{joins[base]}{mark}{rest}" if base in joins else one
            for (base, mark, rest), one in names
        )

    for event in said["events"]:
        record = full(event["record"])
        when = frozenset(
            (full(path), text)
            for path, wanted in event.get("when", {}).items()
            for text in ([wanted] if isinstance(wanted, str) else wanted)
            if isinstance(text, str) and text not in ("present", "absent")
        )
        for name, value in (
            (None, event["occurred"]),
            *event.get("fields", {}).items(),
        ):
            paths = frozenset(map(full, _paths(value)))
            if paths and not _is_reference(value):
                codes = _labels(value, tables)
                yield Item(event["event"], name, record, paths, when, codes)


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    for one in value.get("first", [value]):
        if isinstance(one, str):
            yield one
        elif (path := one.get("path", one.get("items"))) is not None:
            yield f"{path} {one['part']}" if "part" in one else path


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and "suffix" in value


def _labels(
    value: Any, tables: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(value, Mapping) or "codes" not in value:
        return None
    labels: Mapping[str, str] = tables[value["codes"]]["labels"]
    return tuple(labels.items())
