"""Runs the features beside a team's rules, in pytest and without any Python of the team's.

pytest runs in this process, in a folder of its own, with the steps of this package and nothing that
a surrounding project sets: the same features come out the same wherever they are run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pluggy

from msp_rules.errors import MspRulesError, Problem, RulesetInvalid, SourceLocation
from msp_rules.extras import install
from msp_rules.gherkin.days import StepRefused
from msp_rules.gherkin.feature_files import feature_paths, read_features
from msp_rules.gherkin.story import RulesOfStory

if TYPE_CHECKING:
    import pytest

INSTALL: Final = install("gherkin")
_hook: Final = pluggy.HookimplMarker("pytest")
_NEEDED: Final = ("pytest", "pytest_bdd", "gherkin")
# What a surrounding project may set must not reach features that are judged by their rules alone.
_OF_OTHERS: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
_QUIET: Final = ("terminal", "cacheprovider", "faulthandler", "doctest", "junitxml", "logging")


class FeaturesNotRun(MspRulesError):
    """Raised for features that cannot be run here, though nothing is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One scenario that was run."""

    name: str
    """The name of the scenario."""
    where: SourceLocation
    """The step that failed, or the scenario."""
    got: str
    """The reason why it failed; empty where it came out as written."""

    @property
    def has_passed(self) -> bool:
        """Tells whether the scenario came out as written."""
        return not self.got


def run_features(folder: Path, rules: Callable[[], RulesOfStory]) -> tuple[ScenarioResult, ...]:
    """Runs every scenario of every feature file in a folder and below it, in file order.

    `rules` gives the rules, and is asked only where there are features. Raises RulesetInvalid with
    everything that is wrong with the files, and FeaturesNotRun where pytest-bdd is not installed.
    """
    paths = feature_paths(folder)
    if not paths:
        return ()
    if any(find_spec(name) is None for name in _NEEDED):
        count = f"{len(paths)} feature file{'s' if len(paths) > 1 else ''}"
        message = f"{folder.resolve().name} has {count}; to run them: {INSTALL}"
        raise FeaturesNotRun(message)
    files = read_features(folder)
    if files.problems:
        raise RulesetInvalid(files.problems)
    recorder = _Recorder(rules(), {str(path): shown for path, shown in files.shown.items()})
    with tempfile.TemporaryDirectory() as place:
        _run_pytest(Path(place), [str(path) for path in files.shown], recorder)
    if recorder.problems:
        raise RulesetInvalid(recorder.problems)
    if len(recorder.results) != files.scenarios:
        # What was not run is never reported as passed.
        message = f"{len(recorder.results)} of {files.scenarios} scenarios were run"
        raise MspRulesError(f"{folder.resolve().name}: {message}{recorder.collecting}")
    return tuple(recorder.results)


class _Recorder:
    """Collects what pytest reports about the scenarios, in words."""

    def __init__(self, rules: RulesOfStory, shown: Mapping[str, str]) -> None:
        self._rules = rules
        self._shown = shown
        self._failed: tuple[SourceLocation, str] | None = None
        self.results: list[ScenarioResult] = []
        self.problems: list[Problem] = []
        self.collecting = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hands the rules over."""
        from msp_rules.gherkin.pytest_plugin import RULES  # noqa: PLC0415 - it needs pytest

        config.stash[RULES] = self._rules

    @_hook(tryfirst=True)
    def pytest_bdd_apply_tag(self) -> bool:
        """Tags mark a scenario for its readers: none of them may keep it from being run."""
        return True

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Takes the tags of examples away as well."""
        for item in items:
            item.own_markers = [mark for mark in item.own_markers if mark.name == "parametrize"]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keeps why nothing could be collected."""
        if report.failed:
            self.collecting = f" ({str(report.longrepr).splitlines()[-1]})"

    def pytest_bdd_step_error(self, feature: Any, step: Any, exception: Exception) -> None:
        """Keeps the step at which a scenario stopped, and why."""
        where = SourceLocation(path=self._shown[feature.filename], line=step.line_number)
        if isinstance(exception, RulesetInvalid):
            self.problems += [self._here(problem) for problem in exception.problems]
            self._failed = (where, "can't be read")
        elif isinstance(exception, StepRefused):
            self.problems.append(_problem(where, str(exception)))
            self._failed = (where, "can't be read")
        elif isinstance(exception, AssertionError | MspRulesError):
            self._failed = (where, str(exception).split("\n")[0])
        else:  # its text may hold anything, so only its kind
            self._failed = (where, f"internal error ({type(exception).__name__})")

    def _here(self, problem: Problem) -> Problem:
        path = self._shown.get(problem.where.path, problem.where.path)
        return _problem(SourceLocation(path=path, line=problem.where.line), problem.message)

    def pytest_bdd_after_scenario(self, feature: Any, scenario: Any) -> None:
        """Keeps how the scenario came out."""
        start = SourceLocation(path=self._shown[feature.filename], line=scenario.line_number)
        where, got = self._failed or (start, "")
        self._failed = None
        self.results.append(ScenarioResult(name=scenario.name, where=where, got=got))


def _problem(where: SourceLocation, message: str) -> Problem:
    return Problem(where=where, code="step", message=message)


def _run_pytest(place: Path, features: Sequence[str], recorder: _Recorder) -> None:
    """Runs features from a module of its own, so that none is needed beside them."""
    import pytest  # noqa: PLC0415 - an extra has it

    # pytest keeps modules by name: a second run in this process must not get the first one's.
    module = place / f"test_features_of_{place.name}.py"
    module.write_text(f"from pytest_bdd import scenarios\n\nscenarios(*{features!r})\n", "utf-8")
    settings = place / "pytest.ini"
    settings.write_text("[pytest]\n", "utf-8")
    words = [str(module), "-c", str(settings), "--rootdir", str(place), "--noconftest"]
    words += ["--import-mode=importlib", "--capture=no", "-W", "ignore"]
    words += [word for name in _QUIET for word in ("-p", f"no:{name}")]
    words += ["-p", "pytest-bdd", "-p", "msp_rules.gherkin.pytest_plugin"]
    with _own_environment():
        pytest.main(words, plugins=[recorder])


@contextmanager
def _own_environment() -> Iterator[None]:
    """Hides from pytest, for as long as it runs, what others set for it, and their plug-ins."""
    before = dict(os.environ)
    for name in _OF_OTHERS:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
