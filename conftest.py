"""Steps of the features: the sentences of the package, and some that only this project needs."""

import os
import tempfile

import pytest

from msp_rules.engine.engine import IS_COMPILED

pytest_plugins = [
    "msp_rules.gherkin.pytest_plugin",
    "features.steps.project_steps",
    "features.steps.layer_steps",
    "features.steps.prompt_steps",
    "features.steps.plugin_steps",
    "features.steps.impact_steps",
    "features.steps.upgrade_steps",
    "features.steps.report_steps",
    "features.steps.mapping_steps",
    "features.steps.scan_steps",
    "features.steps.trust_steps",
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
