"""Where engine and oracle differ, and the smallest ruleset and case in which they still do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import Cutoff, Moment, iso_date, iso_instant
from msp_rules.engine.engine import Engine
from msp_rules.rules.language.conditions import ConceptUse
from msp_rules.rules.language.rule import Rule, Ruleset
from tests.oracle.verdicts import oracle_answers

Row = tuple[str, str | None, str, str | None, str]
Thing = TypeVar("Thing")
NEEDED = ("values", "number", "moment", "at_least", "at_most", "is_backward")


class Difference(NamedTuple):
    """Rows (rule, subject, verdict, due, colour) that only one of the two gives."""

    of_oracle: tuple[Row, ...]
    of_engine: tuple[Row, ...]
    faults: tuple[str, ...]


def engine_rows(engine: Engine, case: Case, as_of: Cutoff) -> tuple[list[Row], tuple[str, ...]]:
    """The engine's answers as rows, and the reasons of its faults."""
    evaluation = engine.evaluate(case, as_of)
    rows: list[Row] = [
        (one.rule, one.subject, one.verdict.value, one.due.text if one.due else None, one.colour)
        for one in evaluation.answers
    ]
    return rows, tuple(fault.reason for fault in evaluation.faults)


def oracle_rows(ruleset: Ruleset, case: Case, as_of: Cutoff) -> list[Row]:
    """The oracle's answers as rows."""
    return [(*one,) for one in oracle_answers(ruleset, case, as_of)]


def compare(
    expected: list[Row], given: list[Row], faults: tuple[str, ...] = ()
) -> Difference | None:
    """The difference, or None where both say the same."""
    wanted, found = Counter(expected), Counter(given)
    if wanted == found and not faults:
        return None
    return Difference(
        tuple(sorted((wanted - found).elements(), key=str)),
        tuple(sorted((found - wanted).elements(), key=str)),
        faults,
    )


def difference(
    ruleset: Ruleset, case: Case, as_of: Cutoff, *, matcher: str = "python"
) -> Difference | None:
    """How the engine's answers differ from the oracle's."""
    rows, faults = engine_rows(Engine(ruleset, matcher=matcher), case, as_of)
    return compare(oracle_rows(ruleset, case, as_of), rows, faults)


def shrink(
    ruleset: Ruleset, case: Case, as_of: Cutoff, *, matcher: str = "python"
) -> tuple[Ruleset, Case]:
    """The smallest ruleset and case on which engine and oracle still differ."""
    return smallest(
        ruleset,
        case,
        lambda rules, smaller: difference(rules, smaller, as_of, matcher=matcher) is not None,
    )


def smallest(
    ruleset: Ruleset, case: Case, is_wrong: Callable[[Ruleset, Case], bool]
) -> tuple[Ruleset, Case]:
    """The smallest ruleset and case found, by simple removal, that are still wrong."""

    def still_wrong(pair: tuple[Ruleset, Case]) -> bool:
        try:
            return is_wrong(*pair)
        except Exception:  # noqa: BLE001 - a removal that makes no sense is not a smaller example
            return False

    alone = [(dataclasses.replace(ruleset, rules=(rule,)), case) for rule in ruleset.rules]
    pair = next((one for one in alone if still_wrong(one)), (ruleset, case))
    return _smallest(pair, _smaller_pairs, still_wrong)


def _smaller_pairs(pair: tuple[Ruleset, Case]) -> Iterator[tuple[Ruleset, Case]]:
    ruleset, case = pair
    yield from ((ruleset, smaller) for smaller in _smaller_cases(case))
    yield from ((smaller, case) for smaller in _smaller_rulesets(ruleset))


def _smallest(
    thing: Thing, candidates: Callable[[Thing], Iterator[Thing]], keeps: Callable[[Thing], bool]
) -> Thing:
    found = True
    while found:
        found = False
        for smaller in candidates(thing):
            if smaller != thing and keeps(smaller):
                thing, found = smaller, True
                break
    return thing


def _smaller_cases(case: Case) -> Iterator[Case]:
    for index, event in enumerate(case.events):
        without = case.events[:index], case.events[index + 1 :]
        yield case._replace(events=(*without[0], *without[1]))
        plain = {"agency": None, "role": None, "supersedes": None, "void": None}
        variants = [event._replace(**{name: value}) for name, value in plain.items()]  # type: ignore[arg-type]
        variants.append(event._replace(unknown=frozenset()))
        variants.append(event._replace(recorded=event.moment))
        is_alone = sum(other.id == event.id for other in case.events) == 1
        if event.moment is not None and is_alone:
            variants.append(event._replace(is_certain=True))
        for name in event.fields:
            fewer = {key: value for key, value in event.fields.items() if key != name}
            variants.append(event._replace(fields=fewer))
        for variant in variants:
            yield case._replace(events=(*without[0], variant, *without[1]))
    yield case._replace(supply=Supply())
    yield case._replace(unknown=frozenset())


def _smaller_rulesets(ruleset: Ruleset) -> Iterator[Ruleset]:
    for index in range(len(ruleset.suspensions)):
        kept = (*ruleset.suspensions[:index], *ruleset.suspensions[index + 1 :])
        yield dataclasses.replace(ruleset, suspensions=kept)
    for index, suspension in enumerate(ruleset.suspensions):
        for smaller in _smaller_nodes(suspension):
            row = (*ruleset.suspensions[:index], smaller, *ruleset.suspensions[index + 1 :])
            yield dataclasses.replace(ruleset, suspensions=row)
    rule = ruleset.rules[0]
    for smaller in _smaller_rules(rule):
        yield dataclasses.replace(ruleset, rules=(smaller, *ruleset.rules[1:]))


def _smaller_rules(rule: Rule) -> Iterator[Rule]:
    blocks = ("red_when", "cannot_tell_when", "partly_when", "explained_when", "applies_when")
    for name in (*blocks, "if_none", "due"):
        if getattr(rule, name) is not None:
            yield dataclasses.replace(rule, **{name: None})  # type: ignore[arg-type]
    for name in (*blocks, "expect", "due", "if_none"):
        for smaller in _smaller_nodes(getattr(rule, name)):
            yield dataclasses.replace(rule, **{name: smaller})


def _smaller_nodes(node: Any) -> Iterator[Any]:
    """A part in place of a whole, fewer parts, and every optional key left out."""
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return
    if hasattr(node, "of") and isinstance(node.of, tuple):
        yield from node.of
    if hasattr(node, "otherwise") and node.otherwise is not None:
        yield node.otherwise
    if isinstance(node, ConceptUse):
        yield node.condition
    for part in dataclasses.fields(node):
        value = getattr(node, part.name)
        if part.name in NEEDED:
            continue
        if part.default is not dataclasses.MISSING and value != part.default:
            yield dataclasses.replace(node, **{part.name: part.default})
        for smaller in _smaller_values(value):
            yield dataclasses.replace(node, **{part.name: smaller})


def _smaller_values(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple) and not isinstance(value, Moment):
        for index, one in enumerate(value):
            if len(value) > 1:
                yield (*value[:index], *value[index + 1 :])
            for smaller in _smaller_nodes(one):
                yield (*value[:index], smaller, *value[index + 1 :])
    else:
        yield from _smaller_nodes(value)


# --- showing ----------------------------------------------------------------------------------


def show(ruleset: Ruleset, case: Case, as_of: Cutoff) -> str:
    """A ruleset and a case, short enough to read."""
    lines = [f"as of {iso_instant(as_of.instant)}"]
    lines += [f"suspension {_short(one)}" for one in ruleset.suspensions]
    blocks = ("each", "applies_when", "expect", "due", "partly_when", "explained_when")
    for rule in ruleset.rules:
        lines.append(f"rule {rule.id}")
        for name in (*blocks, "cannot_tell_when", "if_none"):
            if getattr(rule, name) is not None:
                lines.append(f"  {name}: {_short(getattr(rule, name))}")
    lines.append(f"reasons stand for {_short(ruleset.settings.max_temporary_reason)}")
    lines += [f"event {_short(event)}" for event in case.events]
    if case.supply.declared:
        lines.append(f"supply {case.supply}")
    if case.attributes or case.adult or case.unknown:
        lines.append(f"case {case.attributes}, adult {case.adult}, unknown {set(case.unknown)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, Moment):
        return iso_date(value.day) if value.is_date_only else iso_instant(value.instant)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [
            f"{part.name}={_short(getattr(value, part.name))}"
            for part in dataclasses.fields(value)
            if getattr(value, part.name) != part.default
        ]
        return f"{type(value).__name__}({', '.join(parts)})"
    if hasattr(value, "_asdict"):
        plain = value._field_defaults
        rows = {k: v for k, v in value._asdict().items() if k not in plain or v != plain[k]}
        if rows.get("recorded") == rows.get("moment"):
            rows.pop("recorded", None)
        return ", ".join(f"{key}={_short(one)}" for key, one in rows.items())
    if isinstance(value, tuple):
        return "[" + ", ".join(_short(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(one)}" for key, one in value.items()) + "}"
    return str(value)
