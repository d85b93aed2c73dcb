"""Steps of the features, by the nouns of the field."""

import os

from msp_rules.engine.engine import IS_COMPILED

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
    "steps.plugin_steps",
]


def pytest_configure() -> None:
    """With MSP_RULES_COMPILED set, refuses to test anything but compiled code (`make test`)."""
    if bool(os.environ.get("MSP_RULES_COMPILED")) != IS_COMPILED:
        raise RuntimeError("the code under test is not the one that was meant")
