"""Runs the features beside a team's rules, in pytest and without any Python of the team's.

pytest runs in this process, in a folder of its own, with the steps of this package and nothing that
a surrounding project sets: the same features come out the same wherever they are run.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pluggy

from msp_rules.errors import MspRulesError, Problem, RulesetInvalid, SourceLocation
from msp_rules.extras import install
from msp_rules.gherkin.days import StepRefused
from msp_rules.gherkin.feature_files import feature_paths, overlooked_paths, read_features
from msp_rules.gherkin.story import Disagreement, RulesOfStory

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
    failed: tuple[Disagreement, ...]
    """The steps that the rules contradict, in order; none where it came out as written."""

    @property
    def has_passed(self) -> bool:
        """Tells whether the scenario came out as written."""
        return not self.failed


def run_features(folder: Path, rules: Callable[[], RulesOfStory]) -> tuple[ScenarioResult, ...]:
    """Runs every scenario of every feature file in a folder and below it, in file order.

    `rules` gives the rules, and is asked only where there are features. Raises RulesetInvalid with
    everything that is wrong with the files, and FeaturesNotRun where pytest-bdd is not installed.
    """
    paths = feature_paths(folder)
    if not paths and not overlooked_paths(folder):
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
        self._stopped: tuple[Disagreement, ...] = ()
        self.results: list[ScenarioResult] = []
        self.problems: list[Problem] = []
        self.collecting = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hands the rules over."""
        from msp_rules.gherkin.bound_steps import IS_RECORDED  # noqa: PLC0415 - it needs pytest
        from msp_rules.gherkin.pytest_plugin import RULES  # noqa: PLC0415 - so

        config.stash[RULES] = self._rules
        config.stash[IS_RECORDED] = True

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
            self._stop(where, "can't be read")
        elif isinstance(exception, StepRefused):
            self.problems.append(_problem(where, str(exception)))
            self._stop(where, "can't be read")
        elif isinstance(exception, AssertionError | MspRulesError):
            self._stop(where, str(exception).split("\n")[0])
        else:  # its text may hold anything, so only its kind
            self._stop(where, f"internal error ({type(exception).__name__})")

    def _stop(self, where: SourceLocation, message: str) -> None:
        self._stopped = (Disagreement(where=where, message=message),)

    def _here(self, problem: Problem) -> Problem:
        path = self._shown.get(problem.where.path, problem.where.path)
        return _problem(SourceLocation(path=path, line=problem.where.line), problem.message)

    def pytest_bdd_after_scenario(self, request: Any, scenario: Any) -> None:
        """Keeps how the scenario came out."""
        from msp_rules.gherkin.bound_steps import STORY  # noqa: PLC0415 - it needs pytest

        story = request.node.stash.get(STORY, None)
        failed = tuple(self._shown_at(one) for one in story.disagreements) if story else ()
        if story and not self._stopped:
            self.problems += [self._here(problem) for problem in story.problems]
        self.results.append(ScenarioResult(name=scenario.name, failed=failed + self._stopped))
        self._stopped = ()

    def _shown_at(self, one: Disagreement) -> Disagreement:
        path = self._shown.get(one.where.path, one.where.path)
        return replace(one, where=SourceLocation(path=path, line=one.where.line))


def _problem(where: SourceLocation, message: str) -> Problem:
    return Problem(where=where, code="step", message=message)


def _run_pytest(place: Path, features: Sequence[str], recorder: _Recorder) -> None:
    """Runs features from a module of its own, so that none is needed beside them."""
    import pytest  # noqa: PLC0415 - an extra has it

    # pytest keeps modules by name: a second run in this process must not get the first one's.
    module = place / f"test_features_of_{place.name}.py"
    module.write_text(f"from pytest_bdd import scenarios\n\nscenarios(*{features!r})\n", "utf-8")
    _read_afresh(features)
    settings = place / "pytest.ini"
    settings.write_text("[pytest]\n", "utf-8")
    words = [str(module), "-c", str(settings), "--rootdir", str(place), "--noconftest"]
    words += ["--import-mode=importlib", "--capture=no", "-W", "ignore"]
    words += [word for name in _QUIET for word in ("-p", f"no:{name}")]
    words += ["-p", "pytest-bdd", "-p", "msp_rules.gherkin.pytest_plugin"]
    with _own_environment():
        pytest.main(words, plugins=[recorder])
    # It would keep all of that run alive, for as long as the process lives.
    sys.modules.pop(module.stem, None)


def _read_afresh(features: Sequence[str]) -> None:
    """Has pytest-bdd read the files as they are now, with a byte order mark or without one.

    It keeps what it has read for as long as the process lives, and reads in UTF-8 without a mark.
    """
    from pytest_bdd.feature import features as kept  # noqa: PLC0415 - an extra has it
    from pytest_bdd.feature import get_feature  # noqa: PLC0415 - so

    for path in features:
        kept.pop(path, None)
        get_feature(str(Path(path).parent), Path(path).name, encoding="utf-8-sig")


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
