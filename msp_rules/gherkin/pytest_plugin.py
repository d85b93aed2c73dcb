"""Lets pytest-bdd run features that are written in the sentences of this package.

The plugin is asked for by its name (`-p msp_rules.gherkin.pytest_plugin`, or `pytest_plugins` in a
conftest.py): it never loads itself into the tests of a host. `msp-rules test` uses it; a project
that runs pytest binds features as usual (`pytest_bdd.scenarios("features")`), names the rules with
`--msp-ruleset` and `--msp-overlay`, and may add steps that use the fixture `msp_story`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from msp_rules.gherkin.story import RulesOfStory, Story

RULES: Final = pytest.StashKey["RulesOfStory"]()
"""The place in which a caller that has read the rules already leaves them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options that name the rules by which features are judged."""
    group = parser.getgroup("msp-rules", "features about safeguarding rules")
    group.addoption("--msp-ruleset", default="msp-core", help="a shipped ruleset, or its folder")
    group.addoption(
        "--msp-overlay",
        action="append",
        default=[],
        help="an overlay to apply to it; repeat it, the lowest first",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the sentences where pytest-bdd is at work."""
    if config.pluginmanager.hasplugin("pytest-bdd"):
        from msp_rules.gherkin import bound_steps  # noqa: PLC0415 - it needs pytest-bdd

        config.pluginmanager.register(bound_steps, "msp-rules-steps")


@pytest.fixture(scope="session")
def msp_rule_names() -> Mapping[str, str]:
    """Gives names of a project's own for rules (by id), beside ids and titles: to be overridden."""
    return {}


@pytest.fixture(scope="session")
def msp_rules_of_story(
    request: pytest.FixtureRequest, msp_rule_names: Mapping[str, str]
) -> RulesOfStory:
    """Gives the rules by which features are judged."""
    if RULES in request.config.stash:
        return request.config.stash[RULES]
    from msp_rules.gherkin.story import RulesOfStory  # noqa: PLC0415 - so
    from msp_rules.rules import load_layers, shipped_ruleset  # noqa: PLC0415 - pytest starts sooner

    name = request.config.getoption("--msp-ruleset")
    overlays = [Path(one) for one in request.config.getoption("--msp-overlay")]
    folder = Path(name) if Path(name).is_dir() else shipped_ruleset(name)
    return RulesOfStory(load_layers(folder, overlays).ruleset, msp_rule_names)


@pytest.fixture
def msp_story(msp_rules_of_story: RulesOfStory) -> Story:
    """Gives each scenario a story of its own."""
    from msp_rules.gherkin.story import Story  # noqa: PLC0415 - as above

    return Story(rules=msp_rules_of_story)
