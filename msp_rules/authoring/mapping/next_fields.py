"""Finds what a mapping should map next: the fields with which the most rules can decide more.

The rules' own examples are evaluated as the source would export them, first with all that a rule
reads, and then with less and less of it: what is left is what the rule cannot do without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from msp_rules.authoring.examples import case_of
from msp_rules.authoring.mapping.lint import as_supplied, is_judged, reads_of_rule
from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.rules.language.rule import Rule, Ruleset

Need = tuple[str, str | None]
"""An event type with one of its fields, or with None for the existence of such an event."""
_NEVER_MAPPED: Final = ("explanation",)
"""Types that are recorded only for this program: no case system has them."""
_ENOUGH: Final = 0.9
"""The share of a rule's examples that it must judge, among those that it can judge at all."""
_MOST: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFields:
    """Names fields to map next, and the rules that can decide with them and the fields before."""

    needs: tuple[Need, ...]
    """The fields to map, each with its type."""
    rules: tuple[str, ...]
    """The ids of the rules gained."""

    @property
    def in_words(self) -> str:
        """Names the types with the fields of each."""
        fields: dict[str, list[str]] = {}
        for kind, name in self.needs:
            fields.setdefault(kind, []).extend(() if name is None else (name,))
        return "; ".join(
            f"{kind} ({', '.join(names)})" if names else kind for kind, names in fields.items()
        )


class _JudgedExamples(NamedTuple):
    """Holds the examples of a rule that it judges where everything is supplied.

    Not those that a reason explains: a rule tells what is there without it, and reasons come last.
    """

    engine: Engine
    cases: tuple[tuple[Case, Cutoff], ...]

    def judged(self, supply: Supply) -> int:
        """Counts the examples that are judged by a source with this supply."""
        return sum(_is_judged(self.engine, as_supplied(c, supply), at) for c, at in self.cases)


def map_next(ruleset: Ruleset, supply: Supply) -> tuple[NextFields, ...]:
    """Lists what to map next, by the rules gained; each step assumes that those before are done.

    First come fields of records that are mapped already, which cost least; then kinds of record,
    as many at a time as one of the rules needs.
    """
    needs = {rule.id: _needs(rule, ruleset, supply) for rule in ruleset.enabled_rules}
    needs = {name: found for name, found in needs.items() if found}
    weights = {rule.id: rule.severity.rank for rule in ruleset.enabled_rules}
    mapped = {kind for one in needs.values() for kind, _ in one if supply.has_type(kind)}
    lines: list[NextFields] = []
    kinds = frozenset(mapped)
    while needs and len(lines) < _MOST:
        gained = _gained(needs, kinds)
        if gained:
            found = frozenset().union(*(needs[name] for name in gained))
            lines.append(NextFields(needs=tuple(sorted(found, key=_in_order)), rules=gained))
            needs = {name: one - found for name, one in needs.items() if name not in gained}
            mapped |= {kind for kind, _ in found}
        every = {frozenset(kind for kind, _ in one) | mapped for one in needs.values()}
        kinds = max(every, key=lambda one: _worth(one, needs, mapped, weights), default=frozenset())
    return tuple(lines)


def _gained(needs: Mapping[str, frozenset[Need]], kinds: Set[str]) -> tuple[str, ...]:
    """Finds the rules that need no other kinds of record than these."""
    return tuple(name for name, one in needs.items() if {kind for kind, _ in one} <= kinds)


def _worth(
    kinds: frozenset[str],
    needs: Mapping[str, frozenset[Need]],
    mapped: Set[str],
    weights: Mapping[str, int],
) -> tuple[int, int, int, list[str]]:
    """Ranks kinds of record: by the rules gained, by how few are new, by what the rules weigh."""
    gained = _gained(needs, kinds)
    weight = sum(weights[name] for name in gained)
    return len(gained), -len(kinds - mapped), weight, sorted(kinds)


def _in_order(need: Need) -> tuple[str, str]:
    return need[0], need[1] or ""


def _needs(rule: Rule, ruleset: Ruleset, supply: Supply) -> frozenset[Need]:
    """Finds what a rule still needs to judge enough of its examples; empty if it can already."""
    lacking = {
        need
        for kind, name in reads_of_rule(rule)
        if kind not in _NEVER_MAPPED
        for need in _lacking(kind, name, supply)
    }
    if not lacking:
        return frozenset()
    examples = _judged_examples(rule, ruleset)
    wanted = _ENOUGH * examples.judged(_with(supply, lacking, ruleset))
    if not wanted or examples.judged(supply) >= wanted:
        return frozenset()
    needed = set(lacking)
    for group in _groups(lacking):
        without = needed - group
        if group & needed and examples.judged(_with(supply, without, ruleset)) >= wanted:
            needed = without
    return frozenset(needed)


def _groups(lacking: set[Need]) -> Iterator[set[Need]]:
    """Gives what to try leaving out: whole types first, as most rules need few of them."""
    kinds = sorted({kind for kind, _ in lacking})
    for kind in kinds:
        yield {need for need in lacking if need[0] == kind}
    # Whether there is such a record at all comes after its fields: each of them says that, too.
    for need in sorted(lacking, key=lambda one: (one[0], one[1] is None, one[1] or "")):
        yield {need}


def _lacking(kind: str, name: str | None, supply: Supply) -> Iterator[Need]:
    if not supply.has_type(kind):
        yield kind, None
    if name is not None and not supply.has_field(kind, name):
        yield kind, name


def _with(supply: Supply, needs: Iterable[Need], ruleset: Ruleset) -> Supply:
    """Adds to a supply."""
    fields = {kind: set(known) for kind, known in supply.fields.items()}
    for kind, name in needs:
        if kind not in supply.types:
            fields.setdefault(kind, set()).update(() if name is None else (name,))
    known = ruleset.vocabulary.events
    whole = {kind for kind, found in fields.items() if found >= set(known[kind].fields)}
    parts = {kind: frozenset(found) for kind, found in fields.items() if kind not in whole}
    return Supply(declared=True, types=supply.types | whole, fields=parts)


def _judged_examples(rule: Rule, ruleset: Ruleset) -> _JudgedExamples:
    engine = Engine(replace(ruleset, rules=(rule,)), matcher="python", foresees=False)
    cases: list[tuple[Case, Cutoff]] = []
    for example in rule.examples:
        if example.supplies is not None:
            continue
        case, as_of = case_of(example, ruleset.vocabulary)[0], parse_as_of(example.as_of)
        answers = engine.evaluate(case, as_of).answers
        if any(map(is_judged, answers)) and not any(map(_is_explained, answers)):
            cases.append((case, as_of))
    return _JudgedExamples(engine, tuple(cases))


def _is_explained(answer: Answer) -> bool:
    return answer.verdict is Verdict.EXPLAINED


def _is_judged(engine: Engine, case: Case, as_of: Cutoff) -> bool:
    return any(is_judged(answer) for answer in engine.evaluate(case, as_of).answers)


def next_lines(found: Sequence[NextFields]) -> Iterator[str]:
    """Writes what to map next as lines of text, most rules first."""
    if not found:
        return
    yield "Map these next, by the rules that can then tell:"
    for one in found:
        count = "1 rule" if len(one.rules) == 1 else f"{len(one.rules)} rules"
        yield f"  {count}, {', '.join(one.rules)}: {one.in_words}"
