"""The adult's view on going ahead, what was decided against it, and what was shared."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.record_steps import entry

_VIEW: Final = "the adult's view on the enquiry was"
_SHARED: Final = {"with_agency": "housing", "what": "the concern", "how": "by letter"}

AGREEMENT: Final = (
    entry(f"{_VIEW} yes", "views_on_proceeding", id="view", about="enquiry", agree="yes"),
    entry(
        f"{_VIEW} no", "views_on_proceeding", id="view", about="enquiry", agree="no", with_="adult"
    ),
    entry(
        f"{_VIEW} not sought", "views_on_proceeding", id="view", about="enquiry", agree="not_sought"
    ),
    entry(
        "going ahead was decided because asking would increase the risk",
        "override_decided",
        views="view",
        ground=["asking_increases_risk"],
        legal_basis="Care Act 2014, s42",
        person_told="no_unsafe",
    ),
    entry(
        "going ahead was decided to protect others",
        "override_decided",
        views="view",
        ground=["others_at_risk"],
        legal_basis="Care Act 2014, s42",
        person_told="yes",
    ),
    entry(
        "going ahead was decided on a ground, with nothing more",
        "override_decided",
        views="view",
        ground=["serious_harm_or_life"],
    ),
    entry(
        "the enquiry ended at the adult's request",
        "enquiry_reported",
        ceased_at_adults_request="yes",
    ),
    entry(
        "information was shared with what was said and its basis",
        "information_shared",
        **_SHARED,
        basis="vital interests",
    ),
    entry("information was shared with what was said alone", "information_shared", **_SHARED),
    entry(
        "information was shared without a word about it",
        "information_shared",
        with_agency="housing",
    ),
    entry(
        "information was shared with the ambulance in a hurry",
        "information_shared",
        with_agency="ambulance",
    ),
)
"""Sentences about agreement and sharing."""
