"""Offers the sentences to pytest-bdd: one step for each of Given, When and Then.

pytest-bdd finds a step by trying parsers in turn. One parser for each kind, which asks the library,
is quicker than a step for every sentence, and refuses what `feature_files` refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from pytest_bdd import given, then, when
from pytest_bdd.parsers import StepParser

from msp_rules.errors import SourceLocation
from msp_rules.gherkin.days import StepRefused
from msp_rules.gherkin.library import sentences
from msp_rules.gherkin.sentence import Kind, Sentence, fitting
from msp_rules.gherkin.story import Story

STORY: Final = pytest.StashKey[Story]()
"""The place at a test that holds the story of its scenario."""
IS_RECORDED: Final = pytest.StashKey[bool]()
"""The place at the configuration where a recorder says that it reports the scenarios itself."""


class OneOf(StepParser):
    """Takes a step that some sentence of a kind fits."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"msp-rules {kind}")
        self._kind = kind

    def is_matching(self, name: str) -> bool:
        """Tells whether a sentence fits."""
        return fitting(sentences(), self._kind, name) is not None

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """Gives the sentence, and the words in its blanks."""
        sentence = fitting(sentences(), self._kind, name)
        if sentence is None:
            return None
        return {"msp_sentence": sentence, "msp_blanks": sentence.match(name)}


@given(OneOf(Kind.GIVEN))
@when(OneOf(Kind.WHEN))
@then(OneOf(Kind.THEN))
def run_sentence(
    msp_story: Story,
    msp_sentence: Sentence,
    msp_blanks: Mapping[str, str],
    datatable: Sequence[Sequence[str]] = (),
    docstring: str | None = None,
) -> None:
    """Does what a sentence says; a Then step that fails waits for the end of its scenario."""
    below = [name for name, is_there in _below(datatable, docstring) if is_there]
    if refusal := msp_sentence.refusal_of(below):
        raise StepRefused(refusal)
    try:
        msp_sentence.run(msp_story, msp_blanks, datatable)
    except (AssertionError, StepRefused) as error:
        if msp_sentence.kind is not Kind.THEN:
            raise
        if isinstance(error, StepRefused):
            msp_story.note(error)
        else:
            msp_story.contradict(str(error))


def _below(table: object, text: object) -> tuple[tuple[str, bool], ...]:
    return ("dataTable", bool(table)), ("docString", text is not None)


def pytest_bdd_before_step_call(
    request: pytest.FixtureRequest, feature: Any, step: Any, step_func_args: Mapping[str, object]
) -> None:
    """Tells the story which step speaks."""
    for story in step_func_args.values():
        if isinstance(story, Story):
            story.place = SourceLocation(path=feature.filename, line=step.line_number)
            request.node.stash[STORY] = story


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """Fails a scenario whose Then steps the rules contradict, with all of them."""
    story = request.node.stash.get(STORY, None)
    if story is not None and not request.config.stash.get(IS_RECORDED, False):
        story.end()
