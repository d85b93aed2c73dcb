"""What a council changes in a small ruleset, and what it is told; the rest is in the package."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from msp_rules.errors import RulesetInvalid
from msp_rules.gherkin.days import read_day
from msp_rules.gherkin.story import RulesOfStory, Story
from msp_rules.rules import load_layers
from tests.builders.export import case_text, event_text, export_text
from tests.builders.layers import WHY, top_layer, write_base, write_overlay
from tests.support.command_line import run_here

CONCERN = event_text("concern_raised", "e1", "2026-05-11", attributes='source="family"')
EXPORT = export_text([case_text("C1", CONCERN)], header="")


class Council:
    """A small ruleset with the council's overlay over it, and what was said of them."""

    def __init__(self, folder: Path, story: Story) -> None:
        self.folder = folder
        self.base = write_base(folder)
        self.story = story
        self.overlay = folder / "town.yaml"
        self.answer = ""

    def lay(self, body: str) -> None:
        """Lays an overlay; its rules are those of the story, if there is no mistake in them."""
        write_overlay(self.folder, "town", top_layer(self.base), body)
        try:
            layered = load_layers(self.base, [self.overlay])
        except RulesetInvalid:
            return
        self.story.rules = RulesOfStory(layered.ruleset, matcher="python")

    def run(self, command: str, *words: str) -> None:
        """Runs a command over the council's rules."""
        done = run_here(command, *words, "--overlay", str(self.overlay))
        self.answer = " ".join(f"{done.stdout}{done.stderr}".split())


@pytest.fixture
def council(tmp_path: Path, msp_story: Story) -> Council:
    return Council(tmp_path, msp_story)


def told(words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return given(parsers.parse(words))


@told("the council wants {rule} within {days:d} working days")
def changed_number(council: Council, rule: str, days: int) -> None:
    row = f"{{from: 2026-01-01, value: {days}, basis: local, source: x}}"
    council.lay(f"changes:\n  - {{rule: {rule}, parameters: {{within: [{row}]}}, {WHY}}}\n")


@told('the council switches {rule} off until {day}, because "{reason}"')
def switched_off(council: Council, rule: str, day: str, reason: str) -> None:
    why = f"expires: {read_day(day)}, because: {reason}, approved_by: The board"
    council.lay(f"changes:\n  - {{rule: {rule}, enabled: false, {why}}}\n")


@told("the council switches {rule} off for good")
def switched_off_for_good(council: Council, rule: str) -> None:
    council.lay(f"changes:\n  - {{rule: {rule}, enabled: false, {WHY}}}\n")


@told("the council waives {rule} for the north team until {day}")
def waived(council: Council, rule: str, day: str) -> None:
    scope = f"name: the north team moves, rules: {rule}, team: north, expires: {read_day(day)}"
    council.lay(f"waivers:\n  - {{{scope}, {WHY}}}\n")


@told("the council leaves concerns of the police out of {rule} until {day}")
def filtered(council: Council, rule: str, day: str) -> None:
    scope = f"name: counted in the hub, rules: {rule}, expires: {read_day(day)}"
    council.lay(f"filters:\n  - {{{scope}, when: {{this: {{source: police}}}}, {WHY}}}\n")


@when("the council's rules are checked")
def check(council: Council) -> None:
    council.run("check", str(council.base))


@when("somebody asks what is different here")
def differences(council: Council) -> None:
    council.run("diff", str(council.base))


@when(parsers.parse("cases without such a concern are scanned as of {day}"))
def scan(council: Council, day: str) -> None:
    export = council.folder / "export.xml"
    export.write_text(EXPORT)
    council.run("scan", str(export), "--ruleset", str(council.base), "--as-of", f"{read_day(day)}")


@then(parsers.re(r"the answer is (?P<quote>[\"\'])(?P<answer>.+)(?P=quote)"))
def answered(council: Council, answer: str) -> None:
    assert answer in council.answer
