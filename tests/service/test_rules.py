"""The catalogue of the tenant's rules over HTTP."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from msp_rules.service.rules import RULE_SCHEMA
from tests.support.service import Service


def test_every_rule_is_listed_in_the_order_of_the_ruleset(service: Service) -> None:
    answer = service.client.get("/rules")

    ruleset, listed = answer.json()["ruleset"], answer.json()["rules"]
    own = service.engine.ruleset
    assert ruleset == {"id": own.id, "version": own.version, "sha256": own.sha256}
    assert [one["id"] for one in listed] == [rule.id for rule in own.rules]
    check = Draft202012Validator(RULE_SCHEMA)
    assert [error.message for one in listed for error in check.iter_errors(one)] == []


def test_one_rule_says_what_its_file_says(service: Service) -> None:
    answer = service.client.get("/rules/RISK-01")

    rule = next(one for one in service.engine.ruleset.rules if one.id == "RISK-01")
    entry = answer.json()
    assert answer.status_code == 200
    assert (entry["title"], entry["summary"]) == (rule.title, rule.prompt.summary)
    assert (entry["urgency"], entry["each"]) == ("critical", "concern_raised")
    assert entry["cites"][0]["at"] == rule.cites[0].at


def test_a_rule_that_there_is_not_is_named_by_its_neighbour(service: Service) -> None:
    answer = service.client.get("/rules/RISK-1")

    assert answer.status_code == 404
    assert answer.json()["detail"] == 'the ruleset has no such rule; did you mean "RISK-01"?'
