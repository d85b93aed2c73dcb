"""Which core rules no council may weaken: duties, and published numbers that can go red."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.rules import check_layers, shipped_ruleset
from msp_rules.rules.language.rule import Basis, Layer, Rule, Severity
from tests.builders.layers import WHY, top_layer, write_overlay
from tests.support.core import core_ruleset

DUTIES = {"ADV-01", "ADV-02", "ADV-03", "DEC-01", "SPC-04"}
PUBLISHED = {"ASK-01", "RISK-01"}


@pytest.fixture(scope="module")
def core_layer() -> Layer:
    return top_layer(shipped_ruleset("msp-core"))


def _has_published_number(rule: Rule) -> bool:
    values = [value for one in rule.parameters.values() for value in one.values]
    return any(value.basis is Basis.PUBLISHED for value in values)


def test_every_duty_and_every_published_number_that_can_go_red_is_a_floor() -> None:
    rules = core_ruleset().rules

    duties = {rule.id for rule in rules if rule.is_enabled and rule.kind == "statutory"}
    # Targets of severity advice or prompt vary from council to council, and stay theirs to set.
    weighty = [rule for rule in rules if rule.severity.rank >= Severity.FLAG.rank]
    published = {rule.id for rule in weighty if _has_published_number(rule)}

    assert duties == DUTIES
    assert published == PUBLISHED
    assert {rule.id for rule in rules if rule.is_floor} == duties | published


def _values(parameter: str, value: int) -> str:
    row = f'{{from: 2026-01-01, value: {value}, basis: local, source: "a local paper"}}'
    return f"parameters: {{{parameter}: [{row}]}}"


def _messages(tmp_path: Path, below: Layer, *changes: str) -> list[str]:
    body = "changes:\n" + "".join(f"  - {{{change}, {WHY}}}\n" for change in changes)
    path = write_overlay(tmp_path, "town", below, body)
    _, problems = check_layers(shipped_ruleset("msp-core"), (path,))
    return [problem.message for problem in problems]


@pytest.mark.slow
def test_no_floor_is_switched_off_or_made_lighter(tmp_path: Path, core_layer: Layer) -> None:
    floors = sorted(DUTIES | PUBLISHED)
    changes = (f"rule: {one}, enabled: false, severity: prompt" for one in floors)

    messages = _messages(tmp_path, core_layer, *changes)

    off = [f"{one} is a floor: it can't be switched off" for one in floors]
    weight = {rule.id: rule.severity for rule in core_ruleset().rules}
    lighter = [
        f"{one} is a floor: its severity can't fall from {weight[one]} to prompt" for one in floors
    ]
    assert sorted(messages) == sorted(off + lighter)


@pytest.mark.slow
def test_published_number_of_a_floor_is_not_loosened(tmp_path: Path, core_layer: Layer) -> None:
    changes = (
        f"rule: ASK-01, {_values('ask_within', 3)}",
        f"rule: RISK-01, {_values('safety_within', 25)}",
    )

    assert _messages(tmp_path, core_layer, *changes) == [
        "ASK-01 is a floor: ask_within is 2; 3 (from 2026-01-01 on) would ask for less",
        "RISK-01 is a floor: safety_within is 24; 25 (from 2026-01-01 on) would ask for less",
    ]


@pytest.mark.slow
def test_floor_is_tightened_and_its_assumed_number_is_the_councils_own(
    tmp_path: Path, core_layer: Layer
) -> None:
    changes = (
        f"rule: ASK-01, {_values('ask_within', 1)}",
        f"rule: RISK-01, {_values('safety_within', 2)}",
        f"rule: ADV-02, {_values('arrange_within', 10)}",
    )

    assert _messages(tmp_path, core_layer, *changes) == []
