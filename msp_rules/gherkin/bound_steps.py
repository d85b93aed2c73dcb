"""Offers the sentences to pytest-bdd: one step for each of Given, When and Then.

pytest-bdd finds a step by trying parsers in turn. One parser for each kind, which asks the library,
is quicker than a step for every sentence, and refuses what `feature_files` refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_bdd import given, then, when
from pytest_bdd.parsers import StepParser

from msp_rules.errors import SourceLocation
from msp_rules.gherkin.library import sentences
from msp_rules.gherkin.sentence import Kind, Sentence, fitting
from msp_rules.gherkin.story import Story


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
) -> None:
    """Does what a sentence says."""
    msp_sentence.run(msp_story, msp_blanks, datatable)


def pytest_bdd_before_step_call(
    feature: Any, step: Any, step_func_args: Mapping[str, object]
) -> None:
    """Tells the story which step speaks."""
    for story in step_func_args.values():
        if isinstance(story, Story):
            story.place = SourceLocation(path=feature.filename, line=step.line_number)
