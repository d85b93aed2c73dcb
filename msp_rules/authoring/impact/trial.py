"""Says how the edits of a comparison were tried: as dated, or as if in force all along.

An edit that begins next month changes nothing in last year's cases. So it is tried as if it had
always been in force, unless asked otherwise; what could not be tried is named with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from msp_rules.authoring.impact.comparison import Impact
from msp_rules.casework.moments import parse_date
from msp_rules.rules.language.rule import Period, Ruleset
from msp_rules.rules.layers.layers import Layered
from msp_rules.rules.layers.overlay import Change, FilterText, Overlay, WaiverText
from msp_rules.rules.layers.throughout import EditedLayers, edits_between, in_force_throughout
from msp_rules.yaml_source.nodes import Block, Items, Text

_YEAR: Final = timedelta(days=365)
_WORDS: Final = ("finding", "why", "counts")


class EditedPart(NamedTuple):
    """One thing that an edited layer says, and the days on which it is to hold."""

    what: str
    """The thing in words, with its rule or name."""
    layer: str
    """The id of the layer."""
    rules: tuple[str, ...]
    """The ids of the rules that it is about."""
    period: Period
    """The days on which it holds."""
    value: str
    """Its content, to tell two of the same name apart."""


class NotTried(NamedTuple):
    """An edit that the cases say nothing about."""

    what: str
    """The edit in words."""
    layer: str
    """The id of the layer."""
    reason: str
    """The reason, as part of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The two rulesets to compare, and what is known of their edits before any case is read."""

    before: Ruleset
    """The rules as they are, as they are to be compared."""
    after: Ruleset
    """The rules as they would be, in the same way."""
    as_dated: bool
    """True if every edit holds on its own days only."""
    parts: tuple[EditedPart, ...]
    """Everything that the edited layers of the second say."""
    not_tried: tuple[NotTried, ...]
    """The parts that cannot be tried on any case."""


def trial_of(before: Layered, after: Layered, *, as_dated: bool = False) -> Trial:
    """Prepares the comparison of two stacks of layers."""
    edits = edits_between(before, after)
    old = edits_between(after, before)
    parts = tuple(_parts(after, edits))
    last, superseded = _last_of_each(parts)
    if as_dated:
        return Trial(
            before=before.ruleset,
            after=after.ruleset,
            as_dated=True,
            parts=parts,
            not_tried=tuple(_only_words(parts)),
        )
    # Of the old ruleset itself, only the layers above it are tried so: it is what there was.
    one = in_force_throughout(before, EditedLayers(overlays=old.overlays))
    other = in_force_throughout(after, edits)
    return Trial(
        before=one,
        after=other,
        as_dated=False,
        parts=last,
        not_tried=(
            *_only_words(last),
            *superseded,
            *_only_other_days(tuple(_parts(before, old)), last),
            *_switched_off(last, other),
        ),
    )


def _only_words(parts: Iterable[EditedPart]) -> Iterator[NotTried]:
    for one in parts:
        if one.what.endswith(tuple(f": {key}" for key in _WORDS)):
            yield NotTried(one.what, one.layer, "these words change nothing that is found or asked")


def _last_of_each(
    parts: Sequence[EditedPart],
) -> tuple[tuple[EditedPart, ...], tuple[NotTried, ...]]:
    """Keeps of all values of one thing the one that begins last, as the trial does."""
    newest: dict[tuple[str, str], EditedPart] = {}
    for one in parts:
        other = newest.get((one.what, one.layer))
        if other is None or _begins(one) >= _begins(other):
            newest[one.what, one.layer] = one
    dropped = [
        NotTried(
            f"{one.what} {one.value}".rstrip(),
            one.layer,
            f"another follows from {_begins(newest[one.what, one.layer])} on, and was tried",
        )
        for one in parts
        if newest[one.what, one.layer] is not one
    ]
    return tuple(one for one in parts if newest[one.what, one.layer] is one), tuple(dropped)


def _begins(part: EditedPart) -> date:
    return part.period.first or date.min


def _only_other_days(old: Sequence[EditedPart], new: Sequence[EditedPart]) -> Iterator[NotTried]:
    """Yields what both sides say, on other days: tried without days, it is the same."""
    before = {(one.what, one.value): one.period for one in old}
    for one in new:
        was = before.get((one.what, one.value))
        if was is not None and was != one.period:
            reason = f"only its days differ, which are {_days(was)} before; --as-dated tries them"
            yield NotTried(one.what, one.layer, reason)


def _days(period: Period) -> str:
    first = f"from {period.first} on" if period.first is not None else ""
    last = f"until {period.last}" if period.last is not None else ""
    return " ".join(part for part in (first, last) if part) or "every day"


def _switched_off(parts: Iterable[EditedPart], after: Ruleset) -> Iterator[NotTried]:
    off = {rule.id for rule in after.rules if not rule.is_enabled}
    for one in parts:
        if one.rules and off.issuperset(one.rules) and not one.what.endswith(": enabled"):
            verb = "is" if len(one.rules) == 1 else "are"
            reason = f"{', '.join(one.rules)} {verb} switched off"
            yield NotTried(one.what, one.layer, reason)


# What the edited layers say.


def _parts(layered: Layered, edits: EditedLayers) -> Iterator[EditedPart]:
    for overlay in layered.overlays:
        if overlay.id in edits.overlays:
            yield from _parts_of(overlay)
    base = layered.ruleset.layers[0].id
    for name, keys in sorted(edits.values.items()):
        yield from _parts_of_rule(name, layered.blocks[name], base, keys)


def _parts_of(overlay: Overlay) -> Iterator[EditedPart]:
    for change in overlay.changes:
        yield from _parts_of_change(change)
    entries: list[FilterText | WaiverText] = [*overlay.filters, *overlay.waivers]
    for entry in entries:
        kind = "waiver" if isinstance(entry, WaiverText) else "filter"
        rules = tuple(word.value for word in entry.rules)
        reasons = entry.reasons
        what = f'{kind} "{entry.name}"'
        yield EditedPart(what, reasons.layer, rules, reasons.period, ", ".join(rules))
    for name, block in overlay.rules.items():
        if block is not None:
            yield from _parts_of_rule(name, block, overlay.id, frozenset())


def _parts_of_change(change: Change) -> Iterator[EditedPart]:
    rule, reasons = change.rule.value, change.reasons
    for key, node in change.nodes.items():
        yield EditedPart(f"{rule}: {key}", reasons.layer, (rule,), reasons.period, node.value)
    for name, rows in change.parameters.items():
        for row in rows.items:
            first, value = _row(row)
            begins = max(first, reasons.period.first or first)
            period = Period(first=begins, last=reasons.period.last)
            yield EditedPart(f"{rule}: {name}", reasons.layer, (rule,), period, value)


def _parts_of_rule(
    name: str, block: Block, layer: str, keys: frozenset[str]
) -> Iterator[EditedPart]:
    """Yields a rule that an overlay adds (`keys` is empty), or the edited values of one."""
    said = {
        key: parse_date(node.value)
        for key in ("from", "until")
        if isinstance(node := block.entries.get(key), Text)
    }
    if not keys or keys & {"from", "until"}:
        period = Period(first=said.get("from"), last=said.get("until"))
        yield EditedPart(f"the rule {name}", layer, (name,), period, "")
    numbers = block.entries.get("parameters")
    for number, body in numbers.entries.items() if isinstance(numbers, Block) else ():
        values = body.entries.get("values") if isinstance(body, Block) else None
        rows = values.items if isinstance(values, Items) else ()
        # Of a ruleset's own number, all but the last value is what there was.
        for row in rows if not keys else rows[-1:] if number in keys else ():
            first, value = _row(row)
            yield EditedPart(f"{name}: {number}", layer, (name,), Period(first=first), value)


def _row(row: object) -> tuple[date, str]:
    """Gives the first day of a dated value, and the value."""
    entries = row.entries if isinstance(row, Block) else {}
    first, value = entries.get("from"), entries.get("value")
    day = parse_date(first.value) if isinstance(first, Text) else date.min
    if isinstance(value, Items):
        words = ", ".join(item.value for item in value.items if isinstance(item, Text))
        return day, f"[{words}]"
    return day, value.value if isinstance(value, Text) else ""


# What only the exports tell.


def dated_parts(trial: Trial, impact: Impact) -> tuple[EditedPart, ...]:
    """Lists what was tried on the whole year of the exports although its days are others."""
    span = _span(impact)
    if trial.as_dated or span is None:
        return ()
    oldest, newest = span
    skipped = {(one.what, one.layer) for one in trial.not_tried}
    return tuple(
        one
        for one in trial.parts
        if (one.what, one.layer) not in skipped
        and (
            (one.period.first is not None and one.period.first > oldest - _YEAR)
            or (one.period.last is not None and one.period.last < newest)
        )
    )


def not_tried(trial: Trial, impact: Impact) -> tuple[NotTried, ...]:
    """Lists every edit that the cases of the exports say nothing about, each once."""
    found = {(one.what, one.layer): one for one in reversed(trial.not_tried)}
    found = dict(reversed(found.items()))  # of several reasons, the first
    for one in trial.parts:
        reason = _reason(one, trial, impact)
        if reason is not None:
            found.setdefault((one.what, one.layer), NotTried(one.what, one.layer, reason))
    return tuple(found.values())


def _reason(part: EditedPart, trial: Trial, impact: Impact) -> str | None:
    span = _span(impact)
    if span is None:
        return "no case was read"
    oldest, newest = span
    first, last = part.period.first, part.period.last
    if trial.as_dated and first is not None and first > newest:
        return f"it begins on {first}, after the day of the exports ({newest})"
    if trial.as_dated and last is not None and last < oldest:
        return f"it ended on {last}, before the day of the exports ({oldest})"
    if part.rules and impact.concerned.isdisjoint(part.rules):
        them = " or ".join(part.rules)
        return f"no case of these exports is one that {them} is about"
    return None


def _span(impact: Impact) -> tuple[date, date] | None:
    days = [parse_date(one.as_of) for one in impact.inputs]
    return (min(days), max(days)) if days else None
