"""Answers which rules a tenant has: the entries of its catalogue, overlays included."""

from __future__ import annotations

from typing import Final

from msp_rules.errors import did_you_mean
from msp_rules.prompts.documents import Document
from msp_rules.prompts.feedback import accepted_codes
from msp_rules.rules.language.rule import Rule, Ruleset
from msp_rules.rules.language.wording import citation_in_words, due_in_words
from msp_rules.service.operations import Answer, Call, Operation, Parameter, Reply
from msp_rules.service.problems import refuse
from msp_rules.service.tenants import Tenant
from msp_rules.yaml_source.json_schema import Schema, closed

_TEXT: Final[Schema] = {"type": "string"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_CITE: Final = closed({"source": _TEXT, "at": _TEXT, "words": _TEXT})
_REQUIRED: Final[dict[str, Schema]] = {
    "id": _TEXT,
    "revision": {"type": "integer", "minimum": 1},
    "title": _TEXT,
    "kind": _TEXT,
    "severity": _TEXT,
    "status": _TEXT,
    "is_enabled": {"type": "boolean"},
    "is_floor": {"type": "boolean"},
    "review_by": {"type": "string", "format": "date"},
    "principles": _TEXTS,
    "audit_questions": _TEXTS,
    "cites": {"type": "array", "items": _CITE},
    "summary": _TEXT,
    "urgency": {"enum": ["critical", "warning", "info"]},
    "ask_at": _TEXTS,
    "roles": _TEXTS,
    "finding": _TEXT,
    "due": _TEXT,
    "reasons": _TEXTS,
}
RULE_SCHEMA: Final = closed({**_REQUIRED, "each": _TEXT, "why": _TEXT, "counts": _TEXT}, _REQUIRED)
"""The JSON Schema of an entry of the catalogue."""
_LIST: Final = closed(
    {
        "ruleset": closed({"id": _TEXT, "version": _TEXT, "sha256": _TEXT}),
        "rules": {"type": "array", "items": RULE_SCHEMA},
    }
)


def list_rules(call: Call) -> Reply:
    """Lists the rules of the caller's tenant, in the order of the ruleset."""
    ruleset = call.tenant.ruleset
    about: Document = {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256}
    entries = [rule_entry(rule, ruleset) for rule in ruleset.rules]
    return Reply(document={"ruleset": about, "rules": entries})


def one_rule(call: Call) -> Reply:
    """Gives one rule; raises CallRefused where there is none of this id."""
    rule = need_rule(call.tenant, call.path["id"])
    return Reply(document=rule_entry(rule, call.tenant.ruleset))


def need_rule(tenant: Tenant, rule_id: str) -> Rule:
    """Finds a rule; raises CallRefused where there is none of this id."""
    found = tenant.catalogue.get(rule_id)
    if found is None:
        hint = did_you_mean(rule_id, tenant.catalogue)
        raise refuse(404, "unknown-rule", f"the ruleset has no such rule{hint}")
    return found


def rule_entry(rule: Rule, ruleset: Ruleset) -> Document:
    """Writes a rule as an entry of the catalogue; what it does not say is left out."""
    entry: Document = {
        "id": rule.id,
        "revision": rule.revision,
        "title": rule.title,
        "kind": rule.kind,
        "severity": rule.severity.value,
        "status": rule.status,
        "is_enabled": rule.is_enabled,
        "is_floor": rule.is_floor,
        "review_by": rule.review_by.isoformat(),
        "principles": list(rule.principles),
        "audit_questions": list(rule.audit_questions),
        "cites": [
            {"source": one.source, "at": one.at, "words": citation_in_words(one, ruleset)}
            for one in rule.cites
        ],
        "summary": rule.prompt.summary,
        "urgency": rule.prompt.urgency,
        "ask_at": list(rule.prompt.ask_at),
        "roles": list(rule.prompt.roles),
        "finding": rule.finding,
        "due": due_in_words(rule.due),
        "reasons": list(accepted_codes(rule)),
    }
    said = {"each": rule.each, "why": rule.why, "counts": rule.counts}
    return entry | {name: text for name, text in said.items() if text is not None}


OPERATIONS: Final = (
    Operation(
        name="listRules",
        method="GET",
        path="/rules",
        summary="Lists the rules with their overlays.",
        function=list_rules,
        answers={200: Answer(description="The rules.", schema=_LIST)},
        group="rules",
    ),
    Operation(
        name="getRule",
        method="GET",
        path="/rules/{id}",
        summary="Gives one rule.",
        function=one_rule,
        answers={
            200: Answer(description="The rule.", schema=RULE_SCHEMA),
            404: Answer(description="There is no such rule."),
        },
        parameters=(
            Parameter(name="id", description="The id of the rule.", in_path=True, is_required=True),
        ),
        group="rules",
    ),
)
"""The calls of this module."""
