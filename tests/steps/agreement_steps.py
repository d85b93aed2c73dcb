"""The adult's view on going ahead, what was decided against it, and what was shared."""

from steps.story import entry

VIEW = "the adult's view on the enquiry was"
SHARED = {"with_agency": "housing", "what": "the concern", "how": "by letter"}

entry(f"{VIEW} yes", "views_on_proceeding", id="view", about="enquiry", agree="yes")
entry(f"{VIEW} no", "views_on_proceeding", id="view", about="enquiry", agree="no", with_="adult")
entry(f"{VIEW} not sought", "views_on_proceeding", id="view", about="enquiry", agree="not_sought")

entry(
    "going ahead was decided because asking would increase the risk",
    "override_decided",
    views="view",
    ground=["asking_increases_risk"],
    legal_basis="Care Act 2014, s42",
    person_told="no_unsafe",
)
entry(
    "going ahead was decided to protect others",
    "override_decided",
    views="view",
    ground=["others_at_risk"],
    legal_basis="Care Act 2014, s42",
    person_told="yes",
)
entry(
    "going ahead was decided on a ground, with nothing more",
    "override_decided",
    views="view",
    ground=["serious_harm_or_life"],
)
entry(
    "the enquiry ended at the adult's request", "enquiry_reported", ceased_at_adults_request="yes"
)

entry(
    "information was shared with what was said and its basis",
    "information_shared",
    **SHARED,
    basis="vital interests",
)
entry("information was shared with what was said alone", "information_shared", **SHARED)
entry("information was shared without a word about it", "information_shared", with_agency="housing")
entry(
    "information was shared with the ambulance in a hurry",
    "information_shared",
    with_agency="ambulance",
)
