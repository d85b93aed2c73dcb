"""Steps of the features: the sentences of the package, and some that only this project needs."""

import os
import tempfile

import pytest

from msp_rules.engine.engine import IS_COMPILED

pytest_plugins = [
    "msp_rules.gherkin.pytest_plugin",
    "steps.project_steps",
    "steps.layer_steps",
    "steps.prompt_steps",
    "steps.plugin_steps",
    "steps.impact_steps",
    "steps.upgrade_steps",
    "steps.report_steps",
    "steps.mapping_steps",
    "steps.scan_steps",
    "steps.trust_steps",
]


def pytest_configure(config: pytest.Config) -> None:
    """With MSP_RULES_COMPILED set, refuses to test anything but compiled code (`make test`).

    The settings of this user, where a scan keeps its key of pseudonyms, are no part of a test.
    """
    settings = tempfile.TemporaryDirectory(prefix="msp-rules-settings-")
    config.add_cleanup(settings.cleanup)
    os.environ["XDG_CONFIG_HOME"] = settings.name
    if bool(os.environ.get("MSP_RULES_COMPILED")) != IS_COMPILED:
        raise RuntimeError("the code under test is not the one that was meant")
