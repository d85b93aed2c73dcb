"""docs/prompts.md: what the page shows is so."""

import doctest
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs/prompts.md"


def test_the_example_of_the_page_runs_as_shown() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("```", "")
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)

    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=said.append)

    assert said == []
    assert len(example.examples) > 20
