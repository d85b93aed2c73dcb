"""Capacity, best interests, and who supports the adult."""

from steps.story import entry

ABILITIES = {"understand": "yes", "retain": "yes", "weigh": "yes", "communicate": "yes"}
DECISION = {"decision": "whether to stay at the home", "decision_kind": "residence_or_care"}
LACKS = {"conclusion": "lacks_capacity", "impairment": "as noted", "link_made": "yes"}
HELP = {"support_given": ["pictures"]}

entry("a doubt about capacity was noted", "capacity_considered", view="doubt")
entry(
    "a full assessment followed",
    "capacity_assessed",
    **ABILITIES,
    **DECISION,
    **HELP,
    conclusion="has_capacity",
)
entry(
    "an assessment without the help given followed",
    "capacity_assessed",
    **ABILITIES,
    **DECISION,
    conclusion="has_capacity",
)
entry("a blanket assessment followed", "capacity_assessed", **LACKS)
entry("an assessment in a filed document followed", "capacity_assessed", **LACKS, document="FORM-1")
entry(
    "the adult was found to lack capacity",
    "capacity_assessed",
    **(ABILITIES | {"weigh": "no"}),
    **DECISION,
    **HELP,
    **LACKS,
)
entry(
    "the adult was found to lack capacity to be protected",
    "capacity_assessed",
    **ABILITIES,
    **HELP,
    **LACKS,
    decision_kind="protective_measure",
)
entry(
    "a best-interests decision left out the adult's wishes",
    "best_interests_decided",
    consulted=["family"],
    option=["stay", "go"],
    less_restrictive_considered="yes",
)

SUPPORTER = {"difficulty": ["weighing"], "conclusion": "appropriate_person"}

entry(
    "the adult was thought able to take full part",
    "advocacy_considered",
    no_difficulty="yes",
    conclusion="not_needed",
    reason="Takes full part.",
)
entry(
    "no advocate was free, which was escalated",
    "advocate_status",
    kind="care_act",
    state="unavailable",
    escalated="yes",
)
entry("the adult declined the advocate", "advocate_status", kind="care_act", state="declined")
entry(
    "the adult's supporter was a friend",
    "advocacy_considered",
    **SUPPORTER,
    appropriate_person="friend",
    adult_agrees="yes",
)
entry(
    "the adult's supporter was a paid carer",
    "advocacy_considered",
    **SUPPORTER,
    appropriate_person="other_professional",
    appropriate_person_paid="yes",
)
entry(
    "the adult's supporter was the person suspected",
    "advocacy_considered",
    **SUPPORTER,
    appropriate_person="family",
    appropriate_person_is_source="yes",
)
entry(
    "the adult's supporter was somebody the adult rejected",
    "advocacy_considered",
    **SUPPORTER,
    appropriate_person="family",
    adult_agrees="no",
)
entry(
    "the adult's supporter was somebody of whom no more is said",
    "advocacy_considered",
    **SUPPORTER,
    appropriate_person="friend",
)
