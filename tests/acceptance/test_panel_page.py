"""docs/panel.md says all that a host sets and hears of the panel, and shows each of its states."""

from __future__ import annotations

import re

import pytest

from msp_rules.service.panel.calls import module_text
from tests.support.command_line import ROOT
from tests.support.panel_states import PICTURES

PAGE = (ROOT / "docs/panel.md").read_text(encoding="utf-8")
SOURCE = module_text()[0].decode()
MOST_BYTES = 160_000


def test_every_attribute_event_variable_and_part_is_on_the_page() -> None:
    (observed,) = re.findall(r"observedAttributes = \[(.+?)\]", SOURCE)
    attributes = [
        *re.findall(r'"([\w-]+)"', observed),
        *re.findall(r'hasAttribute\("(\w+)"', SOURCE),
    ]
    events = re.findall(r'#emit\("([\w-]+)"', SOURCE)
    setters = re.findall(r"^  set (\w+)\(", SOURCE, re.MULTILINE)
    variables = re.findall(r"var\((--msp-[\w-]+)", SOURCE)
    parts = re.findall(r'part: "(\w+)"', SOURCE)

    assert len(attributes) > 6
    assert [one for one in (*attributes, *events, *setters, *parts) if f"`{one}" not in PAGE] == []
    assert [one for one in variables if f"{one}:" not in PAGE] == []


def test_events_and_variables_of_the_page_are_those_of_the_module() -> None:
    events = set(re.findall(r"`(msp-[a-z]+)`", PAGE)) - {"msp-prompts"}
    variables = set(re.findall(r"(--msp-[\w-]+):", PAGE))

    assert events == set(re.findall(r'#emit\("([\w-]+)"', SOURCE))
    assert variables == set(re.findall(r"var\((--msp-[\w-]+)", SOURCE))


def test_the_page_shows_every_picture_that_is_drawn() -> None:
    assert sorted(re.findall(r"\]\(pictures/([\w-]+)\.png\)", PAGE)) == sorted(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_the_page_are_small(name: str) -> None:
    assert (ROOT / f"docs/pictures/{name}.png").stat().st_size < MOST_BYTES
