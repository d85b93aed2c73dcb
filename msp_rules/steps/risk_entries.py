"""Safety, risk weighed with the adult, and the response."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.record_steps import entry

_WEIGHED: Final = {"with_": "adult", "benefits_noted": "yes", "risks_noted": "yes"}

RISK: Final = (
    entry("the adult was found safe", "immediate_safety_check", result="safe"),
    entry(
        "a visit left open whether the adult is safe",
        "immediate_safety_check",
        result="not_established",
    ),
    entry("the risk was judged high", "risk_assessed", level="high"),
    entry("the adult weighed up two options", "risk_discussed", **_WEIGHED, option=["Stay", "Go"]),
    entry("the adult weighed up one option", "risk_discussed", **_WEIGHED, option=["Stay"]),
    entry(
        "a safeguard for the wish was agreed",
        "risk_discussed",
        **_WEIGHED,
        outcome="wish",
        mitigation="A neighbour walks along.",
    ),
    entry(
        "the adult chose the risk with open eyes",
        "risk_discussed",
        **_WEIGHED,
        option=["Stay", "Go"],
        informed_choice="yes",
    ),
    entry(
        "the adult chose the risk of the wish with open eyes",
        "risk_discussed",
        **_WEIGHED,
        outcome="wish",
        informed_choice="yes",
    ),
    entry("the response was a conversation", "response_decided", form="conversation"),
)
"""Sentences about risk and the response."""
