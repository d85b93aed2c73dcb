"""Answers what the rules say of a case, and why."""

from __future__ import annotations

from typing import Final

import orjson

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import Cutoff, parse_as_of
from msp_rules.engine.explain import explain
from msp_rules.reports.case_rows import json_case
from msp_rules.reports.explanation import explanation_documents
from msp_rules.service.answers import faults_of
from msp_rules.service.cases import unknown_case
from msp_rules.service.operations import (
    Answer,
    Call,
    Operation,
    Parameter,
    Reply,
    case_id_parameter,
)
from msp_rules.service.problems import refuse
from msp_rules.service.rules import need_rule
from msp_rules.yaml_source.json_schema import Schema

AS_OF: Final = Parameter(
    name="as_of", description="The date or date-time as of which to judge; absent: now."
)
"""The parameter that names the moment as of which to judge."""


def answers(call: Call) -> Reply:
    """Gives the answers of all rules on a case, as a scan would write them."""
    case, faults, as_of = _held(call)
    result = call.tenant.audit.of(case, as_of)
    text = json_case(result, all_rows=False)
    every = dict.fromkeys((*faults, *result.faults))
    if every:
        text = orjson.dumps({**orjson.loads(text), "faults": faults_of(every)})
    return Reply(text=text)


def explanations(call: Call) -> Reply:
    """Explains the answers of one rule on a case."""
    tenant = call.tenant
    rule = need_rule(tenant, call.path["rule"])
    case, _, as_of = _held(call)
    subject = call.query.get("subject")
    found = [
        one
        for one in explain(tenant.engine, case, as_of, rule.id)
        if subject is None or one.answer.subject == subject
    ]
    if subject is not None and all(one.id != subject for one in case.events):
        raise refuse(404, "unknown-subject", "the case has no event of the id that subject names")
    return Reply(
        text=orjson.dumps(explanation_documents(found, rule.as_on(as_of.day), tenant.ruleset))
    )


def _held(call: Call) -> tuple[Case, tuple[Fault, ...], Cutoff]:
    as_of = call.now
    if (named := call.query.get("as_of")) is not None:
        try:
            as_of = parse_as_of(named)
        except ValueError:
            detail = "the parameter as_of must be a date or date-time that exists"
            raise refuse(400, "invalid-parameter", detail) from None
    held = call.tenant.desk.held_case(call.path["id"], call.now)
    if held is None:
        raise unknown_case()
    return (*held, as_of)


_ENTRY: Final[Schema] = {
    "type": "object",
    "required": ["case", "answered", "not_applicable", "verdicts", "audit"],
}
_EXPLANATION: Final[Schema] = {"type": "object", "required": ["rule", "verdict", "because"]}
_UNKNOWN: Final = Answer(description="Nothing is held on a case of this id, or no such rule.")

OPERATIONS: Final = (
    Operation(
        name="answers",
        method="GET",
        path="/cases/{id}/answers",
        summary="Gives the answers of all rules on a case: its entry of the result document.",
        function=answers,
        answers={200: Answer(description="The answers.", schema=_ENTRY), 404: _UNKNOWN},
        parameters=(case_id_parameter(), AS_OF),
        group="cases",
    ),
    Operation(
        name="explanations",
        method="GET",
        path="/cases/{id}/explanations/{rule}",
        summary="Explains the answers of one rule on a case.",
        function=explanations,
        answers={
            200: Answer(
                description="One explanation for each subject.",
                schema={"type": "array", "items": _EXPLANATION},
            ),
            404: _UNKNOWN,
        },
        parameters=(
            case_id_parameter(),
            Parameter(
                name="rule", description="The id of the rule.", in_path=True, is_required=True
            ),
            Parameter(name="subject", description="Explains only this subject: an event's id."),
            AS_OF,
        ),
        group="cases",
    ),
)
"""The calls of this module."""
