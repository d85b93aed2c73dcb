"""What a mapping file is warned of: a file that reads less, or other, than its author means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from msp_rules.authoring.mapping.lint import blinded_rules, lint_mapping
from msp_rules.casework.case import Supply
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.verdict import Missing
from msp_rules.intake.mapping.decode import load_mapping
from tests.support.command_line import run_here
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
HIDDEN = (
    "forms.yaml:12:14: warning: a label that source does not know becomes other silently; "
    '"unknown: fault" would name its line, "mapping try" counts it [hidden]'
)
NO_FORMAT = "read as YYYY-MM-DD or YYYY-MM-DDThh:mm:ss, and all else is a fault [date]"
Change = Callable[[str], str]


def swap(right: str, wrong: str) -> Change:
    def change(text: str) -> str:
        assert right in text
        return text.replace(right, wrong, 1)

    return change


def alone(kind: str) -> Change:
    """The first event as another, without its fields."""

    def change(text: str) -> str:
        text = swap("event: concern_raised", f"event: {kind}")(text)
        return text[: text.index("    fields:")] + text[text.index("  - event: outcomes_") :]

    return change


def warnings_of(text: str, folder: Path) -> list[str]:
    path = folder / "forms.yaml"
    path.write_text(text, "utf-8")
    mapping = load_mapping(path, core_vocabulary())
    return [str(one) for one in lint_mapping(path, mapping, core_ruleset())]


FOUND: dict[str, tuple[Change, list[str]]] = {
    "two events of one record with one id": (
        swap('{path: "@id", suffix: "-asked"}', '"@id"'),
        [
            "forms.yaml:32:5: warning: a record that fits both Form is also concern_raised, with "
            "the same id: ids would collide; give one of them a suffix [ids]"
        ],
    ),
    "an id that is a constant": (
        swap('{path: "@id", suffix: "-asked"}', "{constant: one}"),
        ["forms.yaml:32:5: warning: every such event of a case gets the same id [ids]"],
    ),
    "a code table that is not used": (
        swap(", codes: yes_no}", ', suffix: ""}'),
        ["forms.yaml:4:3: warning: no value uses the code table yes_no [unused]"],
    ),
    "a label that can't be found": (
        swap("Hospital: nhs_acute", '"Hospital ": nhs_acute'),
        [
            "forms.yaml:11:30: warning: this label can never occur: it is empty, or has white "
            "space around it [never]"
        ],
    ),
    "a text that can't stand there": (
        swap('"@type": SG-01}\n    id: "@id"', '"@type": "SG-01 "}\n    id: "@id"'),
        [
            "forms.yaml:22:21: warning: this text can never occur: it is empty, or has white space "
            "around it [never]"
        ],
    ),
    "a condition against its own path": (
        swap("    record: Form\n", '    record: "Form[@type=SG-02]"\n'),
        [
            'forms.yaml:22:21: warning: this can never hold: the path itself asks for "SG-02" '
            "there [never]"
        ],
    ),
    "a date without a format": (
        swap('{path: "@completed", date_format: "%d/%m/%Y %H:%M"}', '"@completed"'),
        [f"forms.yaml:24:5: warning: occurred has no date_format: {NO_FORMAT}"],
    ),
    "an event that no rule reads": (
        alone("family_group_conference"),
        [
            "forms.yaml:20:5: warning: no rule of msp-core reads family_group_conference; it "
            "counts only in other parts of a report [unread]"
        ],
    ),
    "an event without a field that a rule reads": (
        alone("serious_harm"),
        [
            "forms.yaml:20:5: warning: no field of serious_harm that msp-core reads is mapped; it "
            "reads agencies_could_have_worked_better [unread]"
        ],
    ),
    "a line that says TODO": (
        swap("name: Invented", "name: Invented # TODO: name it\n#"),
        ["forms.yaml:2: warning: this line says TODO: is it right? [todo]"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_may_not_be_meant_is_a_warning_with_its_place(name: str, tmp_path: Path) -> None:
    change, expected = FOUND[name]
    text = change((EXAMPLES / "forms.yaml").read_text("utf-8"))

    said = warnings_of(text, tmp_path)

    assert set(expected) <= set(said)


def test_the_worked_example_is_warned_of_nothing_else(tmp_path: Path) -> None:
    said = warnings_of((EXAMPLES / "forms.yaml").read_text("utf-8"), tmp_path)

    assert said == [HIDDEN]


def test_entries_that_exclude_each_other_may_share_an_id(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.yaml").read_text("utf-8")
    text = swap('{path: "@id", suffix: "-asked"}', '"@id"')(text)
    text = swap('when: {"@type": SG-01, "Answer', 'when: {"@type": SG-02, "Answer')(text)

    assert warnings_of(text, tmp_path) == [HIDDEN]


@pytest.mark.slow
def test_a_required_field_that_is_not_mapped_is_said(tmp_path: Path) -> None:
    text = (EXAMPLES / "forms.yaml").read_text("utf-8").replace("asked: {path", "question: {path")
    path = tmp_path / "forms.yaml"
    path.write_text(text.replace(", codes: asked}", "}"), "utf-8")

    done = run_here("mapping", "check", str(path))

    message = "outcomes_conversation lacks asked: every such event would be a fault [required]"
    assert f"forms.yaml:29:5: warning: {message}" in done.stdout.splitlines()
    assert done.returncode == 0


@pytest.mark.slow
def test_check_names_the_rules_that_cannot_tell_and_what_they_lack() -> None:
    done = run_here("mapping", "check", "--strict", str(EXAMPLES / "forms.yaml"))

    lines = done.stdout.splitlines()
    assert (done.returncode, HIDDEN in lines) == (1, True)  # strict: a warning counts
    assert "  COM-01: s42_decided" in lines
    assert "  no case_closed" in lines
    assert not any(line.startswith("  ASK-01:") for line in lines)
    assert any(line.startswith("  ASK-01 (") for line in lines)


@pytest.mark.slow
def test_a_mapping_with_a_mistake_is_refused_with_its_warnings(tmp_path: Path) -> None:
    path = tmp_path / "forms.yaml"
    path.write_text((EXAMPLES / "forms.yaml").read_text("utf-8").replace("asked: {p", "askd: {p"))

    done = run_here("mapping", "check", str(path))

    assert done.returncode == 3
    assert 'forms.yaml:35:7: unknown field "askd"; did you mean "asked"?' in done.stderr


def test_a_source_of_everything_blinds_no_rule() -> None:
    everything = Supply(declared=True, types=frozenset(core_vocabulary().events))

    assert list(blinded_rules(core_ruleset(), everything)) == []


def test_a_source_without_decisions_blinds_the_rules_about_them() -> None:
    kinds = frozenset(core_vocabulary().events) - {"s42_decided"}

    found = {one.rule: one for one in blinded_rules(core_ruleset(), Supply(True, kinds))}

    assert (found["COM-01"].is_wholly, found["COM-01"].missing) == (True, (Missing("s42_decided"),))
    assert "INV-01" not in found
