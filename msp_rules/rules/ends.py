"""Lists what of a ruleset's local changes comes to an end, when, and what comes back then.

A waiver ends on a day that was promised, and on the next morning findings return. Whoever answers
for it should know before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.rule import LocalChange, Reasons, Ruleset


class EndKind(StrEnum):
    """Names what it is that ends."""

    WAIVER = "waiver"
    FILTER = "filter"
    SWITCH = "switch"
    CHANGE = "change"
    RULE = "rule"
    REVIEW = "review"


class LocalEnd(NamedTuple):
    """Something local that ends on a day, or is due for review by it."""

    day: date
    """The last day."""
    kind: EndKind
    """The kind of thing."""
    name: str
    """Its name; of a change, the rule and the key."""
    layer: str
    """The id of its overlay."""
    rules: tuple[str, ...]
    """The ids of the rules that it concerns."""
    returns: str
    """The state from the next day on, as part of a sentence."""
    where: SourceLocation
    """The place where it is written."""
    owner: str
    """The person or body that approved it."""
    because: str
    """The reason given for it."""

    @property
    def what(self) -> str:
        """Names it in words."""
        quoted = self.kind in (EndKind.WAIVER, EndKind.FILTER)
        if self.kind in (EndKind.SWITCH, EndKind.CHANGE):
            return f"the change of {self.name}"
        return f'the {self.kind} "{self.name}"' if quoted else f"the {self.kind} of {self.name}"


def ends_of(ruleset: Ruleset) -> tuple[LocalEnd, ...]:
    """Lists every waiver, filter, switch, value and local rule that ends, the next one first."""
    found = [_of_change(one) for one in ruleset.changes if one.period.last is not None]
    for waiver in ruleset.waivers:
        rules = tuple(sorted(waiver.rules))
        returns = f"findings of {_listed(rules)} count again"
        found.append(_end(EndKind.WAIVER, waiver.name, rules, returns, waiver.reasons))
    filters: dict[tuple[str, str], tuple[Reasons, set[str]]] = {}
    for one in ruleset.filters:
        _, ids = filters.setdefault((one.reasons.layer, one.name), (one.reasons, set()))
        ids.add(one.rule)
    for (_, name), (reasons, ids) in filters.items():
        rules = tuple(sorted(ids))
        verb = "asks" if len(rules) == 1 else "ask"
        returns = f"{_listed(rules)} {verb} again about what it leaves out"
        found.append(_end(EndKind.FILTER, name, rules, returns, reasons))
    found += _of_rules(ruleset)
    return tuple(sorted((one for one in found if one is not None), key=_order))


def _order(one: LocalEnd) -> tuple[date, str, int, int]:
    return (one.day, one.where.path, one.where.line or 0, one.where.column or 0)


def _end(
    kind: EndKind, name: str, rules: tuple[str, ...], returns: str, reasons: Reasons
) -> LocalEnd | None:
    if reasons.period.last is None:
        return None
    return LocalEnd(
        day=reasons.period.last,
        kind=kind,
        name=name,
        layer=reasons.layer,
        rules=rules,
        returns=returns,
        where=reasons.where,
        owner=reasons.approved_by,
        because=reasons.because,
    )


def _of_change(one: LocalChange) -> LocalEnd | None:
    name, key = f"{one.rule}: {one.key.replace('_', ' ')}", one.key.replace("_", " ")
    if one.key == "enabled":
        is_off = one.after == "switched off"
        returns = f"{one.rule} asks again" if is_off else f"{one.rule} is switched off again"
        return _end(EndKind.SWITCH, f"{one.rule}: {one.after}", (one.rule,), returns, one.reasons)
    is_words = one.key in ("summary", "finding", "why", "counts")
    before = "what the layer below says" if is_words else one.before
    returns = f"{key} of {one.rule} is {before} again"
    return _end(EndKind.CHANGE, name, (one.rule,), returns, one.reasons)


def _of_rules(ruleset: Ruleset) -> list[LocalEnd]:
    """Lists the overlays' own rules that end on a day."""
    found: list[LocalEnd] = []
    for rule in ruleset.rules:
        layer = max(
            (one for one in ruleset.layers[1:] if rule.where.path.startswith(one.folder)),
            key=lambda one: len(one.folder),
            default=None,
        )
        if layer is not None and rule.period.last is not None:
            found.append(
                LocalEnd(
                    day=rule.period.last,
                    kind=EndKind.RULE,
                    name=rule.id,
                    layer=layer.id,
                    rules=(rule.id,),
                    returns=f"{rule.id} asks nothing about what happens after it",
                    where=rule.places.get("until", rule.where),
                    owner="",
                    because=rule.title,
                )
            )
    return found


def _listed(rules: Iterable[str]) -> str:
    *most, last = rules
    return f"{', '.join(most)} and {last}" if most else last
