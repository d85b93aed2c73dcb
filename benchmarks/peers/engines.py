"""Builds each engine with the ten rules, written as its own manual would: see `ENGINES`.

An engine is built once, with the cases in the form that it likes best; what is built answers for
all of them. What the product's own engine gives, `own`, is what the others have to give, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from lxml import etree, isoschematron

from benchmarks.peers import clips_rules, json_logic_rules, schematron_rules, zen_rules
from benchmarks.peers.ten_rules import (
    NAMES,
    REVIEW_WITHIN_DAYS,
    TALK_WITHIN_DAYS,
    Findings,
    Prepared,
    as_table,
    ten_rules,
)
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Verdict

# What is missing on the day of the evaluation itself may still come on that day.
_NOT_THERE: Final = frozenset({Verdict.NOT_MET, Verdict.NOT_YET_DUE})
Answer = Callable[[], list[Findings]]
"""Answers for all cases that were prepared."""


def own(prepared: Prepared, folder: Path) -> Answer:
    """Builds this product's own engine, with its matcher, verdicts, evidence and all."""
    engine = Engine(ten_rules(folder), foresees=False)

    def answer() -> list[Findings]:
        return [
            tuple(
                one.rule
                for one in engine.evaluate(case, prepared.as_of).answers
                if one.verdict in _NOT_THERE
            )
            for case in prepared.cases
        ]

    return answer


def schematron(prepared: Prepared, _folder: Path) -> Answer:
    """Builds lxml's ISO Schematron: one assertion a rule, on one small document a case."""
    rules = isoschematron.Schematron(
        etree.fromstring(schematron_rules.SCHEMA.encode()), store_report=True
    )
    documents = []
    for facts in prepared.facts:
        root = etree.Element("case")
        for one in facts:
            attributes = {"type": one.type, "day": str(one.day), "code": one.code}
            etree.SubElement(root, "event", attributes)
        documents.append(etree.ElementTree(root))

    def findings(document: Any) -> Findings:
        rules.validate(document)
        failed = rules.validation_report.iter(schematron_rules.FAILED)
        return tuple(sorted(one.get("id") for one in failed))

    return lambda: [findings(document) for document in documents]


def zen(prepared: Prepared, _folder: Path) -> Answer:
    """Builds the ZEN engine: a decision of ten expressions."""
    decision = import_module("zen").ZenEngine().create_decision(json.dumps(zen_rules.DECISION))
    tables = [as_table(facts) for facts in prepared.facts]

    def findings(table: Mapping[str, object]) -> Findings:
        result = decision.evaluate(table)["result"]
        return tuple(name for name in NAMES if not result[name])

    return lambda: [findings(table) for table in tables]


def json_logic(prepared: Prepared, _folder: Path) -> Answer:
    """Builds a JSON-logic: an expression for each rule."""
    apply = import_module("json_logic").jsonLogic
    tables = [as_table(facts) for facts in prepared.facts]
    rules = tuple(zip(NAMES, json_logic_rules.RULES, strict=True))

    def findings(table: Mapping[str, object]) -> Findings:
        return tuple(name for name, rule in rules if not apply(rule, table))

    return lambda: [findings(table) for table in tables]


def clips(prepared: Prepared, _folder: Path) -> Answer:
    """Builds CLIPS: a fact for each event, and a rule for each finding."""
    environment = import_module("clips").Environment()
    for construct in clips_rules.CONSTRUCTS:
        environment.build(construct)
    template = environment.find_template("event")
    cases = [[one._asdict() for one in facts] for facts in prepared.facts]

    def findings(facts: list[dict[str, Any]]) -> Findings:
        environment.reset()
        for one in facts:
            template.assert_fact(**one)
        environment.run()
        found = {str(one["rule"]) for one in environment.facts() if one.template.name == "finding"}
        return tuple(sorted(found))

    return lambda: [findings(facts) for facts in cases]


def durable(prepared: Prepared, _folder: Path) -> Answer:
    """Builds durable_rules as its manual does: facts of a case, and rules that look for them."""
    lang = import_module("durable.lang")
    not_handled = import_module("durable.engine").MessageNotHandledException
    found: list[str] = []
    m, none = lang.m, lang.none

    def finding(name: str, *conditions: Any) -> None:
        def add(_context: Any) -> None:
            found.append(name)

        # A case is complete when this is asserted: what is missing before may only be late.
        lang.when_all(m.kind == "judge", *conditions)(add)

    def some(type_: str, code: str | None = None) -> Any:
        return m.type == type_ if code is None else (m.type == type_) & (m.code == code)

    with lang.ruleset("ten"):
        # Deleting a session in which no rule has fired frees a pointer that was never set, and may
        # end the process: so one fires in each.
        lang.when_all(m.kind == "judge")(lambda _context: None)
        closed = some("case_closed")
        talk, plan = some("outcomes_conversation"), some("plan_made")
        finding(NAMES[0], closed, none(talk))
        finding(NAMES[1], closed, none(some("outcome_reviewed")))
        finding(
            NAMES[2],
            some("capacity_assessed", "lacks_capacity"),
            none(some("best_interests_decided")),
        )
        # What counts, or compares two facts, is worked out before: see `_with_worked_out`.
        finding(NAMES[3], closed, none(some("spoken_twice")))
        finding(NAMES[4], some("s42_decided", "s42_enquiry"), none(some("enquiry_started")))
        finding(NAMES[5], some("risk_assessed", "high"), none(plan), none(some("no_plan_needed")))
        early = talk & (m.day >= 0) & (m.day <= TALK_WITHIN_DAYS)
        finding(NAMES[6], some("concern_raised"), none(early))
        finding(NAMES[7], talk, some("s42_decided"), none(some("talk_before_decision")))
        finding(
            NAMES[8],
            some("advocacy_considered", "independent_advocate"),
            none(some("advocate_contribution")),
        )
        reviewed = some("plan_reviewed") & (m.day >= 0) & (m.day <= REVIEW_WITHIN_DAYS)
        finding(NAMES[9], plan, some("concern_raised"), none(reviewed))
    cases = [_with_worked_out(as_table(facts)["events"]) for facts in prepared.facts]

    def findings(number: int, facts: list[dict[str, Any]]) -> Findings:
        found.clear()
        sid = str(number)
        for one in facts:
            with suppress(not_handled):  # raised for each fact that no rule looks for
                lang.assert_fact("ten", {**one, "sid": sid})
        lang.assert_fact("ten", {"kind": "judge", "id": "judge", "sid": sid})
        lang.delete_state("ten", sid)
        return tuple(sorted(set(found)))

    return lambda: [findings(number, facts) for number, facts in enumerate(cases)]


def _with_worked_out(events: Any) -> list[dict[str, Any]]:
    """Adds what no rule says safely there: counts, and the day of one fact beside another's."""
    facts = [dict(one) for one in events]

    def days(type_: str, code: str | None = None) -> list[int]:
        return [f["day"] for f in facts if f["type"] == type_ and code in (None, f["code"])]

    talks, decisions = days("outcomes_conversation"), days("s42_decided")
    more = []
    if len(days("contact_with_adult", "spoke")) >= 2:
        more.append("spoken_twice")
    if talks and decisions and min(talks) <= min(decisions):
        more.append("talk_before_decision")
    return facts + [{"id": name, "type": name, "day": 0, "code": ""} for name in more]


ENGINES: Final[Mapping[str, Callable[[Prepared, Path], Answer]]] = {
    "own": own,
    "lxml Schematron": schematron,
    "zen-engine": zen,
    "clipspy": clips,
    "json-logic": json_logic,
    "durable_rules": durable,
}
"""The engines by their names; the first one is this product's own."""
