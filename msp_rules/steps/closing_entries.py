"""How cases end, with the adult or without them."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.record_steps import entry

_SHARED: Final = {"contact_point_given": "yes", "informed": ["adult"]}

CLOSING: Final = (
    entry("the case was closed with the adult", "case_closed", **_SHARED, adult_view="agrees"),
    entry(
        "the case was closed against the adult's wish",
        "case_closed",
        **_SHARED,
        adult_view="disagrees",
    ),
    entry(
        "the case was closed with risk that goes on",
        "case_closed",
        **_SHARED,
        adult_view="agrees",
        risk_result="remained",
    ),
    entry("the adult was offered a say", "experience_feedback", offered="yes"),
    entry(
        "the adult died of suspected neglect",
        "adult_died",
        abuse_or_neglect_suspected="yes",
        agencies_could_have_worked_better="yes",
    ),
)
"""Sentences about endings."""
