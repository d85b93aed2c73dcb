"""Runs the examples of rules and concepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from msp_rules.casework.case import Case, Supply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.engine import Engine
from msp_rules.engine.scope import scope_of
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.errors import SourceLocation
from msp_rules.rules.language.rule import Concept, ConceptExample, Example, Rule, Ruleset

_HOLDS = {FALSE: "no", TRUE: "yes", UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """Says how one example came out."""

    owner: str
    """The id of the rule, or the name of the concept."""
    name: str
    """The name of the example."""
    where: SourceLocation
    """The place of the example."""
    got: str
    """The answer that the rule gave instead; empty where it came out as written."""

    @property
    def has_passed(self) -> bool:
        """True where the example came out as written."""
        return not self.got


def run_examples(
    ruleset: Ruleset,
    *,
    matcher: str = "auto",
    chosen: Callable[[SourceLocation], bool] = lambda where: True,
) -> Iterator[ExampleResult]:
    """Runs every example of every rule (switched off ones too) and concept, in file order.

    `chosen` says by its place whether an example is run.
    """
    everything = replace(
        ruleset, rules=tuple(replace(rule, is_enabled=True) for rule in ruleset.rules)
    )
    engine = Engine(everything, matcher=matcher)
    for concept in ruleset.concepts.values():
        for example in (one for one in concept.examples if chosen(one.where)):
            yield _run_concept(concept, example, engine)
    for rule in ruleset.rules:
        for one in (one for one in rule.examples if chosen(one.where)):
            yield _run(rule, one, engine)


def case_of(
    example: Example | ConceptExample, vocabulary: Vocabulary
) -> tuple[Case, tuple[str, ...]]:
    """Builds the case that an example describes; lists what is wrong with its events."""
    events, problems = [], list[str]()
    for number, entry in enumerate(example.given, start=1):
        ((kind, body),) = entry.items()
        event, bad = event_from_mapping(
            kind, body or {}, vocabulary=vocabulary, default_id=f"x{number}"
        )
        events.append(event)
        problems += bad
    supply = Supply()
    if example.supplies is not None:
        whole = frozenset(word for word in example.supplies if "." not in word)
        parts: dict[str, frozenset[str]] = {}
        for word in example.supplies:
            name, dot, field = word.partition(".")
            if dot:
                parts[name] = parts.get(name, frozenset()) | {field}
        supply = Supply(declared=True, types=whole, fields=parts)
    attributes = dict(example.case) if isinstance(example, Example) else {}
    adult = dict(example.adult) if isinstance(example, Example) else {}
    case = Case(
        id="example", events=tuple(events), attributes=attributes, adult=adult, supply=supply
    )
    return case, tuple(problems)


def _run(rule: Rule, example: Example, engine: Engine) -> ExampleResult:
    case, problems = case_of(example, engine.ruleset.vocabulary)
    if problems:
        return _result(rule.id, example, "; ".join(problems))
    evaluation = engine.evaluate(case, parse_as_of(example.as_of))
    answers = [answer for answer in evaluation.answers if answer.rule == rule.id]
    got = {answer.subject: answer.verdict.value for answer in answers}
    faults = [fault.reason for fault in evaluation.faults if fault.rule == rule.id]
    if faults:
        return _result(rule.id, example, "; ".join(faults))
    wanted = example.then
    if isinstance(wanted, str):
        if list(got.values()) != [wanted]:
            return _result(rule.id, example, f"expected {wanted}, got {_in_words(got)}")
    elif got != dict(wanted):
        return _result(rule.id, example, f"expected {_in_words(wanted)}, got {_in_words(got)}")
    dues = {answer.due.text for answer in answers if answer.due is not None}
    if example.due is not None and example.due not in dues:
        found = ", ".join(sorted(dues)) or "none"
        return _result(rule.id, example, f"expected due {example.due}, got {found}")
    return _result(rule.id, example, "")


def _run_concept(concept: Concept, example: ConceptExample, engine: Engine) -> ExampleResult:
    case, problems = case_of(example, engine.ruleset.vocabulary)
    if problems:
        return _result(concept.name, example, "; ".join(problems))
    as_of = parse_as_of(example.as_of)
    view = in_force(case, as_of)
    compiler = ConditionCompiler("", None, engine.clock, engine.ruleset.settings)
    got = _HOLDS[compiler.compile(concept.condition).term(scope_of(view, engine.ruleset.settings))]
    wrong = "" if got == example.then else f"expected {example.then}, got {got}"
    return _result(concept.name, example, wrong)


def _in_words(rows: object) -> str:
    assert isinstance(rows, dict)
    return ", ".join(f"{subject or 'case'}: {verdict}" for subject, verdict in rows.items())


def _result(owner: str, example: Example | ConceptExample, got: str) -> ExampleResult:
    return ExampleResult(owner=owner, name=example.name, where=example.where, got=got)
