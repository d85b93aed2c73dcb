"""Shows the rules that are in force once all layers are applied.

Each value comes with the layer and the place that it comes from; `differences` says in words how
two such rulesets differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from msp_rules.errors import SourceLocation
from msp_rules.rules import Layered
from msp_rules.rules.language.rule import Reasons
from msp_rules.rules.language.wording import whole_condition
from msp_rules.rules.layers.changed_rule import ChangedRule, value_in_words
from msp_rules.yaml_source.nodes import Block, Items, Node, Text

_DATED: Final = re.compile(r"parameters\.(\w+) from ([0-9-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a rule, and where it comes from."""

    path: str
    """The keys that lead to it, with dots between."""
    value: str
    """The value in words."""
    layer: str
    """The id of the layer that says it."""
    where: SourceLocation
    """The place in the layer's file."""
    until: date | None = None
    """The last day of a change that ends; None for one that does not."""
    reasons: Reasons | None = None
    """The grounds of the change that says it; None for a value that no change says."""


def effective(layered: Layered, rule: str, day: date | None = None) -> tuple[Value, ...]:
    """Lists every value of a rule as of a day; None: with every change, whenever in force."""
    changed = layered.changed.get(rule)
    block = layered.blocks[rule] if changed is None else changed.block_on(day)
    rows = [*_values(block), *_reasons_accepted(changed, day)]
    grounds: dict[SourceLocation, Reasons] = {}
    for change in changed.changes if changed is not None else ():
        places = [node.where for node in change.nodes.values()]
        places += [change.keys["accepts"]] if change.accepts else []
        places += [row.where for items in change.parameters.values() for row in items.items]
        grounds |= dict.fromkeys(places, change.reasons)
    values = [
        Value(
            path=path,
            value=text,
            layer=layered.layer_of(where).id,
            where=where,
            until=grounds[where].period.last if where in grounds else None,
            reasons=grounds.get(where),
        )
        for path, text, where in rows
    ]
    return tuple(values)


def _reasons_accepted(
    changed: ChangedRule | None, day: date | None
) -> Iterator[tuple[str, str, SourceLocation]]:
    """Yields the reasons that changes accept beside those of the rule itself."""
    adding = [
        one for one in (changed.changes_on(day) if changed is not None else ()) if one.accepts
    ]
    for number, change in enumerate(adding, start=1):
        codes = ", ".join(word.value for word in change.accepts)
        yield "accepts" if number == 1 else f"accepts[{number}]", codes, change.keys["accepts"]


def _values(block: Block) -> Iterator[tuple[str, str, SourceLocation]]:
    """Yields the values of a rule in file order; its examples are counted."""
    for key, node in block.entries.items():
        if key == "examples" and isinstance(node, Items):
            yield key, f"{len(node.items)} examples", block.keys[key]
        elif key == "parameters" and isinstance(node, Block):
            for name, body in node.entries.items():
                yield from _parameter(f"parameters.{name}", body)
        else:
            for name, text in _leaves(node, key):
                yield name, text.value, text.where


def _parameter(path: str, body: Node) -> Iterator[tuple[str, str, SourceLocation]]:
    if not isinstance(body, Block):
        return
    unit = body.entries.get("unit")
    for key, node in body.entries.items():
        if key != "values" or not isinstance(node, Items):
            for name, text in _leaves(node, f"{path}.{key}"):
                yield name, text.value, text.where
            continue
        for row in node.items:
            said = {name: text.value for name, text in _leaves(row, "")}
            of = unit.value.replace("_", " ") if isinstance(unit, Text) else ""
            basis = f"{said['basis']}: {said['source']}"
            yield f"{path} from {said['from']}", f"{said['value']} {of} ({basis})", row.where


def _leaves(node: Node, path: str) -> Iterator[tuple[str, Text]]:
    """Yields every value below a node, with its path; a list of words is one value."""
    if isinstance(node, Text):
        yield path, node
    elif isinstance(node, Block):
        for key, value in node.entries.items():
            yield from _leaves(value, f"{path}.{key}".lstrip("."))
    elif all(isinstance(item, Text) for item in node.items):
        words = ", ".join(item.value for item in node.items if isinstance(item, Text))
        yield path, Text(f"[{words}]", False, node.where)
    else:
        for number, item in enumerate(node.items, start=1):
            yield from _leaves(item, f"{path}[{number}]")


def grounds_in_words(reasons: Reasons) -> str:
    """Says why something local is so, who wrote and approved it, and when."""
    approved = f"approved by {reasons.approved_by}"
    if reasons.approved_on is not None:
        approved += f" on {reasons.approved_on}"
    written = f", written by {reasons.written_by}" if reasons.written_by is not None else ""
    return f"{reasons.because}; {approved}{written}"


class LocalException(NamedTuple):
    """A filter or waiver of a rule."""

    what: str
    """"filter" or "waiver"."""
    name: str
    """Its name in the overlay."""
    scope: str
    """The cases that it concerns, in words."""
    reasons: Reasons
    """Its grounds and its days."""


def local_exceptions(layered: Layered, rule: str) -> Iterator[LocalException]:
    """Yields the filters and waivers of a rule."""
    changed = layered.changed.get(rule)
    conditions = {
        (one.reasons.layer, one.name): one.condition
        for one in layered.ruleset.filters
        if one.rule == rule
    }
    for one in changed.filter_texts if changed is not None else ():
        condition = conditions.get((one.reasons.layer, one.name))
        scope = f"where {whole_condition(condition)}" if condition is not None else "not in force"
        yield LocalException("filter", one.name, scope, one.reasons)
    for waiver in layered.ruleset.waivers:
        if rule in waiver.rules:
            named = [f"team {team}" for team in sorted(waiver.teams)]
            named += [f"agency {agency.replace('_', ' ')}" for agency in sorted(waiver.agencies)]
            yield LocalException(
                "waiver", waiver.name, ", ".join(named) or "all cases", waiver.reasons
            )


def differences(one: Layered, other: Layered) -> tuple[str, ...]:
    """Says in words how the second ruleset differs from the first; empty if it does not."""
    return tuple(_differences(one, other))


def _differences(one: Layered, other: Layered) -> Iterator[str]:
    yield from _overlay_differences(one, other)
    for name in sorted(one.blocks.keys() | other.blocks.keys()):
        if name not in one.blocks:
            rule = next(r for r in other.ruleset.rules if r.id == name)
            yield f'{name} is new: "{rule.title}"'
        elif name not in other.blocks:
            rule = next(r for r in one.ruleset.rules if r.id == name)
            yield f'{name} is gone: "{rule.title}"'
        else:
            yield from _rule_differences(name, one, other)
    for what, old, new in (
        ("concept", _concepts(one), _concepts(other)),
        ("event type", _events(one), _events(other)),
    ):
        for word in sorted(old.keys() | new.keys()):
            if word not in old:
                yield f'the {what} "{word}" is new'
            elif word not in new:
                yield f'the {what} "{word}" is gone'
            elif old[word] != new[word]:
                yield f'the {what} "{word}" differs'
    if one.ruleset.settings != other.ruleset.settings:
        yield "the settings of the ruleset differ"
    if one.ruleset.suspensions != other.ruleset.suspensions:
        yield "the suspensions of rules differ"


def _rule_differences(name: str, one: Layered, other: Layered) -> Iterator[str]:
    old, new = (
        {value.path: value for value in effective(layered, name)} for layered in (one, other)
    )
    for path in [*old, *(path for path in new if path not in old)]:
        if path not in new:
            yield f"{name}: {path} is no longer there (it was {old[path].value})"
            continue
        value = new[path]
        # Where a value stands is no difference: another layer may say the same.
        if path in old and (old[path].value, old[path].until) == (value.value, value.until):
            yield from _other_grounds(f"{name}: {path}", old[path].reasons, value.reasons)
            continue
        until = f", until {value.until}" if value.until is not None else ""
        grounds = f": {grounds_in_words(value.reasons)}" if value.reasons is not None else ""
        place = f"{grounds} ({value.where})"
        if path not in old:
            was = _value_before(one, name, path)
            before = f"was {was} and is" if was is not None else "is new:"
            yield f"{name}: {path} {before} {value.value}{until}{place}"
        else:
            yield f"{name}: {path} was {old[path].value} and is {value.value}{until}{place}"
    yield from _exception_differences(name, one, other)


def _value_before(layered: Layered, name: str, path: str) -> str | None:
    """Says what held where a layer says something for the first time; None where nothing did."""
    rule = next(one for one in layered.ruleset.rules if one.id == name)
    if path.startswith("accepts"):
        return "only its own reasons"
    if path == "enabled":
        return "true" if rule.is_enabled else "false"
    found = _DATED.fullmatch(path)
    parameter = rule.parameters.get(found[1]) if found is not None else None
    if found is None or parameter is None:
        return None
    return value_in_words(parameter, date.fromisoformat(found[2]))


def _other_grounds(what: str, old: Reasons | None, new: Reasons | None) -> Iterator[str]:
    """Says where the same value has another reason, writer or approval."""
    was, now = (None if one is None else grounds_in_words(one) for one in (old, new))
    if was != now and new is not None:
        yield f"{what} is the same, its grounds are: {now}"


def _exception_differences(name: str, one: Layered, other: Layered) -> Iterator[str]:
    old, new = (
        {(each.what, each.name): each for each in local_exceptions(layered, name)}
        for layered in (one, other)
    )
    for key in sorted(old.keys() | new.keys()):
        what, title = key
        if key not in new:
            yield f'{name}: {what} "{title}" is gone'
        elif key not in old:
            yield f'{name}: {what} "{title}" {_exception_in_words(new[key])}'
        elif _exception_in_words(old[key]) != _exception_in_words(new[key]):
            was, now = _exception_in_words(old[key]), _exception_in_words(new[key])
            yield f'{name}: {what} "{title}" was {was}, and is {now}'


def _exception_in_words(one: LocalException) -> str:
    period = one.reasons.period
    first = f"from {period.first} " if period.first is not None else ""
    return f"{first}until {period.last} ({one.scope}): {grounds_in_words(one.reasons)}"


def _overlay_differences(one: Layered, other: Layered) -> Iterator[str]:
    """Says how two versions of one overlay differ in their heads."""
    old = {overlay.id: overlay for overlay in one.overlays}
    for new in other.overlays:
        was = old.get(new.id)
        if was is None or was.sha256 == new.sha256:
            continue
        if was.version == new.version:
            yield (
                f'the overlay "{new.id}" has changed, and its version is {new.version} on both '
                "sides: give the newer one another"
            )
        heads = (
            ("version", was.version, new.version),
            ("title", was.title, new.title),
            ("review_by", str(was.review_by), str(new.review_by)),
            ("grounds", grounds_in_words(was.reasons), grounds_in_words(new.reasons)),
        )
        for key, before, after in heads:
            if before != after:
                yield f'the overlay "{new.id}": {key} was {before} and is {after}'
    base, base_of_other = one.ruleset, other.ruleset
    if one.overlays and (base.id, base.version) != (base_of_other.id, base_of_other.version):
        yield (
            f"the ruleset below was {base.id} {base.version} and is {base_of_other.id} "
            f"{base_of_other.version}"
        )


def _concepts(layered: Layered) -> Mapping[str, object]:
    return {name: concept.condition for name, concept in layered.ruleset.concepts.items()}


def _events(layered: Layered) -> Mapping[str, object]:
    events = layered.ruleset.vocabulary.events
    return {name: kind for name, kind in events.items() if name.startswith("x_")}
