"""Steps of the features, by the nouns of the field."""

import os

from msp_rules.engine import terms

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
    "steps.impact_steps",
    "steps.upgrade_steps",
]


def pytest_configure() -> None:
    """With MSP_RULES_COMPILED set, refuses to test anything but compiled code (`make test`)."""
    is_compiled = not terms.__file__.endswith(".py")
    if is_compiled != bool(os.environ.get("MSP_RULES_COMPILED")):
        raise RuntimeError(f"the code under test is not the one that was meant: {terms.__file__}")
