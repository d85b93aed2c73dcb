"""Warns of a filter that leaves out everything: it switches a rule off without saying so.

It is tried on the examples of the rule, in which the fields that it tests have every code in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Final

from msp_rules.authoring.examples import case_of
from msp_rules.casework.case import Case, FieldValue
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import Field, Vocabulary
from msp_rules.casework.workdays import england
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.scope import scope_of
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import TRUE
from msp_rules.rules import Layered
from msp_rules.rules.language.conditions import field_tests
from msp_rules.rules.language.rule import LocalFilter, Rule
from msp_rules.yaml_source.nodes import Problems

_MOST_CASES: Final = 200


def lint_filters(layered: Layered, problems: Problems) -> None:
    """Warns of each filter that leaves out every subject of a rule that its examples show."""
    rules = {rule.id: rule for rule in layered.ruleset.rules}
    seen: set[tuple[str, str, str]] = set()
    for one in layered.ruleset.filters:
        key = (one.reasons.layer, one.name, one.rule)
        if key in seen:
            continue
        seen.add(key)
        if _leaves_out_all(one, rules[one.rule], layered):
            message = (
                f'the filter "{one.name}" leaves out all that {one.rule} asks about, as far as '
                "its examples show: to switch it off, say enabled: false"
            )
            problems.warn(one.reasons.where, "all-out", message)


def _leaves_out_all(one: LocalFilter, rule: Rule, layered: Layered) -> bool:
    """Tells whether the filter holds for each subject that the rule was asked about before."""
    vocabulary, settings = layered.ruleset.vocabulary, layered.ruleset.settings
    clock = Clock(england(), settings.office_close)
    compiler = ConditionCompiler(one.rule, one.each, clock, settings)
    condition, before = compiler.compile(one.condition), compiler.compile_if(one.before)
    is_seen = False
    for case, as_of in _cases(one, rule, vocabulary):
        view = in_force(case, as_of)
        scope = scope_of(view, settings)
        for subject in view.by_type.get(one.each, ()) if one.each is not None else (None,):
            own = scope.on(subject)
            if before is not None and before.term(own) != TRUE:
                continue
            is_seen = True
            if condition.term(own) != TRUE:
                return False
    return is_seen


def _cases(one: LocalFilter, rule: Rule, vocabulary: Vocabulary) -> Iterator[tuple[Case, Cutoff]]:
    """Yields the examples, in which the fields that the filter tests have every code in turn."""
    places: dict[tuple[str, str], set[str]] = {}
    for owner, test in field_tests(one.condition, one.each or ""):
        if owner:
            places.setdefault((owner, test.field), set()).update(test.values)
    ways = [
        [(place, word) for word in _words(place, tested, vocabulary)]
        for place, tested in sorted(places.items())
    ]
    known = [way for way in ways if way]
    for example in rule.examples:
        case, as_of = case_of(example, vocabulary)[0], parse_as_of(example.as_of)
        for chosen in islice(product(*known), _MOST_CASES):
            yield _with(case, dict(chosen)), as_of


def _words(place: tuple[str, str], tested: set[str], vocabulary: Vocabulary) -> list[FieldValue]:
    """Lists the values to try in a field; none for one that is better left as it is."""
    field = _field(place, vocabulary)
    if field is None or field.kind.value not in ("code", "text", "flag"):
        return []
    codes = sorted(field.codes) or [*sorted(tested), "something else"]
    return [(code,) if field.may_repeat else code for code in codes]


def _field(place: tuple[str, str], vocabulary: Vocabulary) -> Field | None:
    owner, name = place
    attributes = {"case": vocabulary.case, "adult": vocabulary.adult}
    if owner in attributes:
        return attributes[owner].get(name)
    kind = vocabulary.events.get(owner)
    return kind.fields.get(name) if kind is not None else None


def _with(case: Case, values: Mapping[tuple[str, str], FieldValue]) -> Case:
    """Gives a case with other values in some fields of its events and attributes."""
    attributes, adult = dict(case.attributes), dict(case.adult)
    for (owner, name), value in values.items():
        if owner == "case":
            attributes[name] = value
        elif owner == "adult":
            adult[name] = value
    events = tuple(
        event._replace(
            fields={
                **event.fields,
                **{name: one for (owner, name), one in values.items() if owner == event.type},
            }
        )
        for event in case.events
    )
    return case._replace(events=events, attributes=attributes, adult=adult)
