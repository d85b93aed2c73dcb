"""Prepares each test run; names the steps of the features and the fixtures that all tests share."""

import os
import tempfile

import pytest

from msp_rules.engine.engine import IS_COMPILED
from tests.support import effort
from tests.support.shared import open_run

pytest_plugins = [
    "msp_rules.gherkin.pytest_plugin",
    "tests.support.fixtures",
    "features.steps.project_steps",
    "features.steps.layer_steps",
    "features.steps.prompt_steps",
    "features.steps.plugin_steps",
    "features.steps.impact_steps",
    "features.steps.upgrade_steps",
    "features.steps.report_steps",
    "features.steps.mapping_steps",
    "features.steps.scan_steps",
    "features.steps.audit_steps",
    "features.steps.silence_steps",
    "features.steps.trust_steps",
]


MARKED_BY_FIXTURE = ("browser", "postgresql", "wheel")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough` is what `make test-all` adds: more kills, more random cases, longer runs."""
    parser.addoption(
        "--thorough", action="store_true", help="run what is marked thorough, and all to its length"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepares a test run; refuses to test anything but the code that was meant.

    With MSP_RULES_COMPILED set that is compiled code (`make compiled`). The settings of this user,
    where a scan keeps its key of pseudonyms, and what it has in its cache are no part of a test.
    """
    if bool(os.environ.get("MSP_RULES_COMPILED")) != IS_COMPILED:
        raise RuntimeError("the code under test is not the one that was meant")
    effort.choose(thorough=config.getoption("--thorough"))
    if hasattr(config, "workerinput"):
        return  # a process of a run that another one has prepared
    config.add_cleanup(open_run())
    settings = tempfile.TemporaryDirectory(prefix="msp-rules-settings-")
    config.add_cleanup(settings.cleanup)
    os.environ["XDG_CONFIG_HOME"] = settings.name
    os.environ["XDG_CACHE_HOME"] = f"{settings.name}/cache"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by the shared things that they use; leaves out the thorough ones."""
    for item in items:
        for name in MARKED_BY_FIXTURE:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
