"""Steps of the features, by the nouns of the field."""

pytest_plugins = [
    "steps.case_steps",
    "steps.asking_steps",
    "steps.capacity_steps",
    "steps.agreement_steps",
    "steps.risk_steps",
    "steps.enquiry_steps",
    "steps.involvement_steps",
    "steps.closing_steps",
    "steps.prompt_steps",
]
