"""Every core rule has an example of each kind that matters; the check of it can fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msp_rules.rules.rule import Rule
from tests.support.core import core_ruleset
from tests.support.example_kinds import lacking_kinds


def _rule(rule_id: str) -> Rule:
    return next(rule for rule in core_ruleset().rules if rule.id == rule_id)


@pytest.mark.parametrize("rule_id", [rule.id for rule in core_ruleset().rules])
def test_core_rule_has_an_example_of_each_kind(rule_id: str) -> None:
    lacking = [f"{rule_id}: {kind}" for kind in lacking_kinds(_rule(rule_id), core_ruleset())]

    assert lacking == []
