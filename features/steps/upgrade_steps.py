"""Steps of a council that takes the next release of the core."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from pytest_bdd import given, parsers, then, when

from features.steps.impact_steps import decided_within, waiver
from msp_rules.authoring.upgrade.fields import Choice
from msp_rules.authoring.upgrade.upgrade import Upgrade, upgrade
from msp_rules.rules import Layered, load_layers
from msp_rules.rules.layers.layers import Stack
from tests.builders.layers import HEAD
from tests.builders.part_of_core import write_part_of_core

PART_OF_CORE = tuple(f"rules/{rule}.yaml" for rule in ("ASK-01", "DEC-02", "INV-02"))
OLD_NUMBER = "value: 3, basis"
QUESTION = "Has anyone asked what the adult wants to happen?"
NEW_QUESTION = "What does the adult want to happen?"


@dataclass
class Council:
    """An overlay over the core, the release that comes, and what became of it."""

    overlay: Path
    core: Path
    release: Path
    decisions: dict[str, Choice] = field(default_factory=dict)
    found: Upgrade | None = None

    @property
    def preview(self) -> Upgrade:
        """What the council sees."""
        assert self.found is not None
        return self.found

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes the release that comes."""
        path = self.release / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def in_force(self) -> Layered:
        """The new release with what is written in the overlay now."""
        return load_layers(self.release, [self.overlay])


@given(
    parsers.parse("a council whose section 42 decision is due within {days:d} working days"),
    target_fixture="council",
)
def council_with_a_limit(tmp_path: Path, days: int) -> Council:
    overlay = tmp_path / "council.yaml"
    core = write_part_of_core(tmp_path / "now/msp-core", *PART_OF_CORE)
    below = load_layers(core).ruleset.layers[-1]
    body = decided_within(days, "2016-01-01")
    overlay.write_text(HEAD.format(id="council", below=below) + body, encoding="utf-8")
    release = tmp_path / "msp-core"
    shutil.copytree(core, release)
    council = Council(overlay=overlay, core=core, release=release)
    council.edit("ruleset.yaml", f'version: "{below.version}"', 'version: "9.0.0"')
    return council


@given(parsers.parse('the council has waived "{rule}" for the team "{team}"'))
def council_with_a_waiver(council: Council, rule: str, team: str) -> None:
    text = council.overlay.read_text(encoding="utf-8")
    council.overlay.write_text(text + waiver(rule, team), encoding="utf-8")


@given(parsers.parse('a new release of the core that words a question of "{rule}" anew'))
def release_with_new_words(council: Council, rule: str) -> None:
    council.edit(f"rules/{rule}.yaml", QUESTION, NEW_QUESTION)


@given(
    parsers.parse(
        "a new release of the core in which the section 42 decision is due within {days:d} "
        "working days"
    )
)
def release_with_another_limit(council: Council, days: int) -> None:
    council.edit("rules/DEC-02.yaml", OLD_NUMBER, f"value: {days}, basis")


@given(parsers.parse('a new release of the core without "{rule}"'))
def release_without(council: Council, rule: str) -> None:
    (council.release / f"rules/{rule}.yaml").unlink()


@given(parsers.parse('the council decides to {way} "{key}"'))
def decision(council: Council, way: str, key: str) -> None:
    council.decisions[key] = Choice(way)


@when("the council looks at the release first")
def look_first(council: Council) -> None:
    council.found = upgrade(
        council.overlay, Stack(council.core), Stack(council.release), council.decisions
    )


@when("the council takes the release")
def take(council: Council) -> None:
    look_first(council)
    if council.preview.is_ready:
        council.overlay.write_text(council.preview.text, encoding="utf-8")


@then("nothing has to be decided")
def nothing_open(council: Council) -> None:
    assert council.preview.is_ready


@then(parsers.parse("the section 42 decision is still due within {days:d} working days"))
@then(parsers.parse("the section 42 decision is due within {days:d} working days"))
def limit_in_force(council: Council, days: int) -> None:
    rule = next(one for one in council.in_force().ruleset.rules if one.id == "DEC-02")
    assert rule.parameters["decide_within"].value_on(None) == days


@then(parsers.parse('"{rule}" asks in the new words'))
def new_words(council: Council, rule: str) -> None:
    found = next(one for one in council.in_force().ruleset.rules if one.id == rule)
    assert found.prompt.summary.startswith(NEW_QUESTION)


@then("the council's comments are all still there")
def comments_there(council: Council) -> None:
    assert "# as the procedure says" in council.overlay.read_text(encoding="utf-8")


@then(parsers.parse('it has to decide on "{key}" between {mine:d} and {theirs:d} working days'))
def has_to_decide(council: Council, key: str, mine: int, theirs: int) -> None:
    (one,) = council.preview.open_fields
    assert one.key == key
    assert f"{mine} working days" in (one.current or "")
    assert f"{theirs} working days" in (one.target or "")
    assert one.choices == (Choice.KEEP, Choice.TAKE)


@then(parsers.parse('it can only give up "{key}"'))
def can_only_give_up(council: Council, key: str) -> None:
    (one,) = council.preview.open_fields
    assert (one.key, one.choices) == (key, (Choice.TAKE,))


@then("nothing is written")
def nothing_written(council: Council) -> None:
    below = load_layers(council.core).ruleset.layers[-1]
    assert below.sha256 in council.overlay.read_text(encoding="utf-8")
