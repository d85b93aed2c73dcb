"""The lock: a new meaning needs a new revision and a line in the changelog; no id is reused."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from msp_rules.cli.main import cli
from msp_rules.rules import check_ruleset, load_ruleset, shipped_ruleset
from msp_rules.rules.language.lock import lock_of, lock_text, meaning_of
from tests.builders.sound_rulesets import write_with_companions

RULE = "rules/EX-01.yaml"


def lock(folder: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["lock", str(folder), *words])

    return done.exit_code, done.output


def locked(tmp_path: Path) -> Path:
    """A small ruleset without its companions, which ask of a rule that it is named, locked."""
    folder = write_with_companions(tmp_path)
    (folder / "citations.yaml").unlink()
    (folder / "coverage.yaml").unlink()
    assert lock(folder)[0] == 0
    return folder


def edit(folder: Path, old: str, new: str, file: str = RULE) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.slow
def test_core_rules_are_locked_as_they_stand() -> None:
    folder = shipped_ruleset("msp-core")
    ruleset = load_ruleset(folder)

    assert lock(folder, "--check") == (0, "")
    text = (folder / "rules.lock").read_text()
    assert text == lock_text(lock_of(ruleset, None))
    rows = [line for line in text.splitlines() if re.match(r"[A-Z]+-\d", line)]
    assert rows == sorted(rows)
    assert len(rows) == len(ruleset.rules)
    assert len({row.split()[2] for row in rows}) == len(rows)


def test_a_first_lock_is_written_once_and_kept(tmp_path: Path) -> None:
    folder = write_with_companions(tmp_path)

    assert lock(folder, "--check") == (
        1,
        'small/rules.lock: there is no rules.lock; run "msp-rules lock"\n',
    )
    assert lock(folder) == (
        0,
        "small/rules.lock: there is no rules.lock\nsmall: 2 rules locked, 0 retired\n",
    )
    before = (folder / "rules.lock").read_bytes()
    assert lock(folder) == (0, "small: 2 rules locked, 0 retired\n")
    assert lock(folder, "--check") == (0, "")
    assert (folder / "rules.lock").read_bytes() == before


SAME_MEANING = {
    "a comment": ("each: concern_raised", "# for every one\neach: concern_raised"),
    "an example": ("name: asked", "name: asked the next day"),
    "a list of one": ("{asked: asked_expressed}\ndue", "{asked: [asked_expressed]}\ndue"),
    "order of keys": (
        "  recorded: outcomes_conversation\n  where: {asked: asked_expressed}\n",
        "  where: {asked: asked_expressed}\n  recorded: outcomes_conversation\n",
    ),
    "quotes": ('at: "Step 9"', "at: Step 9"),
    "status": ("status: trial", "status: stable"),
    "day of review": ("review_by: 2027-11-30", "review_by: 2028-11-30"),
    "the default said": ("title:", "revision: 1\nfloor: false\nenabled: true\ntitle:"),
}
OTHER_MEANING = {
    "title": ("The adult is asked", "The adult is asked early"),
    "severity": ("severity: flag", "severity: advice"),
    "principle": ("[empowerment]", "[protection]"),
    "question": ("[Q1]", "[Q2]"),
    "citation": ('"Step 9"', '"Step 1"'),
    "test of evidence": (
        "{asked: asked_expressed}\ndue",
        "{asked: asked_none_expressed}\ndue",
    ),
    "one test more": (
        "{asked: asked_expressed}\ndue",
        "{asked: asked_expressed, alone: is_present}\ndue",
    ),
    "a bound": ("due: {", "  by: as_of\ndue: {"),
    "number": ("value: 2,", "value: 3,"),
    "range": ("range: [0, 20]", "range: [0, 10]"),
    "basis": ("basis: assumed", "basis: local"),
    "anchor": ("of: this}", "of: {latest: concern_raised}}"),
    "whom it concerns": ("expect:", "applies_when:\n  this: {source: police}\nexpect:"),
    "reason": ("due: {", "explained_when: {recorded: explanation, codes: [unsafe]}\ndue: {"),
    "colour": ("prompt:", "colour: {not_met: amber}\nprompt:"),
    "prompt": ("Has anyone asked", "Did anyone ask"),
    "step of the prompt": ("ask_at: [concern_raised]", "ask_at: [any]"),
    "finding": ("That the adult was asked is", "Asking the adult is"),
    "switch": ("each:", "enabled: false\neach:"),
    "floor": ("severity: flag", "severity: flag\nfloor: true"),
    "notes": ("each:", 'notes: "Read so."\neach:'),
}


@pytest.mark.parametrize("change", SAME_MEANING.values(), ids=SAME_MEANING)
def test_what_changes_no_meaning_needs_no_revision(tmp_path: Path, change: tuple[str, str]) -> None:
    folder = locked(tmp_path)

    edit(folder, *change)

    assert lock(folder, "--check") == (0, "")


@pytest.mark.parametrize("change", OTHER_MEANING.values(), ids=OTHER_MEANING)
def test_a_changed_rule_without_a_new_revision_is_refused(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    folder = locked(tmp_path)
    before = (folder / "rules.lock").read_text()

    edit(folder, *change)

    message = (
        "small/rules/EX-01.yaml:1:1: EX-01 no longer means what it meant at revision 1; write "
        '"revision: 2" into it, say in CHANGELOG.md what changed, and run "msp-rules lock"\n'
    )
    assert lock(folder, "--check") == (1, message)
    assert lock(folder) == (1, message)
    assert (folder / "rules.lock").read_text() == before


def test_each_change_of_meaning_has_a_hash_of_its_own(tmp_path: Path) -> None:
    hashes = set()
    for number, change in enumerate(OTHER_MEANING.values()):
        folder = write_with_companions(tmp_path / str(number), RULE, *change)
        hashes.add(meaning_of(load_ruleset(folder).rules[0]))

    assert len(hashes) == len(OTHER_MEANING)


def test_a_concept_belongs_to_the_meaning_of_rules_that_use_it(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    (folder / "concepts").mkdir()
    (folder / "concepts" / "police.yaml").write_text(
        "concept: police\ntitle: Raised by the police\n"
        "holds_when: {recorded: concern_raised, where: {source: police}}\nexamples: []\n"
    )
    edit(folder, "expect:", "revision: 2\napplies_when: {concept: police}\nexpect:")
    (folder / "CHANGELOG.md").write_text("- EX-01, revision 2: for the police only.\n")
    assert lock(folder)[0] == 0

    edit(folder, "source: police", "source: housing", "concepts/police.yaml")

    code, output = lock(folder, "--check")
    assert code == 1
    assert output.startswith("small/rules/EX-01.yaml:")
    assert "EX-01 no longer means what it meant at revision 2" in output


def test_a_new_revision_wants_its_line_in_the_changelog(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    edit(folder, "value: 2,", "value: 3,")
    edit(folder, "title:", "revision: 2\ntitle:")
    message = (
        "small/rules/EX-01.yaml:2:1: EX-01 is at revision 2; add a line to small/CHANGELOG.md that "
        'names it, as in "EX-01, revision 2: what changed"\n'
    )

    assert lock(folder, "--check") == (1, message)
    (folder / "CHANGELOG.md").write_text("- EX-01, revision 20\n- EX-010, revision 2\n- EX-01\n")
    assert lock(folder) == (1, message)
    (folder / "CHANGELOG.md").write_text("## 1.1.0\n\n- EX-01, revision 2: three days.\n")
    stale = "small/rules.lock: EX-01 is at revision 2, locked is 1"
    assert lock(folder, "--check") == (1, f'{stale}; run "msp-rules lock"\n')
    assert lock(folder) == (0, f"{stale}\nsmall: 2 rules locked, 0 retired\n")
    assert lock(folder, "--check") == (0, "")


def test_a_revision_never_goes_back(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    edit(folder, "EX-01 1 ", "EX-01 3 ", "rules.lock")

    assert lock(folder) == (
        1,
        "small/rules/EX-01.yaml:1:1: EX-01 is locked at revision 3; a revision never goes back "
        "(here: 1)\n",
    )


def test_a_removed_rule_is_retired_and_its_id_never_means_anything_else(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    text = (folder / RULE).read_text()
    (folder / RULE).unlink()
    gone = "small/rules.lock: EX-01 is gone, and its id has to be kept as retired"

    assert lock(folder, "--check") == (1, f'{gone}; run "msp-rules lock"\n')
    assert lock(folder) == (0, f"{gone}\nsmall: 1 rules locked, 1 retired\n")
    assert lock(folder, "--check") == (0, "")
    assert re.search(r"^EX-01 1 \w{32} retired$", (folder / "rules.lock").read_text(), re.M)

    (folder / RULE).write_text(text.replace("asked_expressed}\ndue", "asked_none_expressed}\ndue"))
    reused = "EX-01 was retired, and an id is never reused; give the new rule an id of its own"
    assert lock(folder) == (1, f"small/rules/EX-01.yaml:1:1: {reused}\n")
    edit(folder, "title:", "revision: 2\ntitle:")
    (folder / "CHANGELOG.md").write_text("- EX-01, revision 2: another one.\n")
    assert lock(folder) == (1, f"small/rules/EX-01.yaml:2:1: {reused}\n")

    (folder / RULE).write_text(text)
    assert lock(folder)[0] == 0
    assert "retired" not in (folder / "rules.lock").read_text()


def test_a_new_rule_joins_the_lock(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    text = (folder / RULE).read_text()
    (folder / "rules" / "EX-03.yaml").write_text(text.replace("EX-01", "EX-03"))

    assert lock(folder, "--check") == (
        1,
        'small/rules.lock: EX-03 is new; run "msp-rules lock"\n',
    )
    assert lock(folder)[0] == 0


def test_a_lock_in_another_form_is_written_anew_and_keeps_what_is_retired(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    text = (folder / RULE).read_text()
    (folder / RULE).unlink()
    assert lock(folder)[0] == 0
    edit(folder, "form 1", "form 0", "rules.lock")

    code, output = lock(folder, "--check")
    assert (code, "it is in form 0, and this version writes form 1" in output) == (1, True)
    (folder / RULE).write_text(text)
    assert "EX-01 was retired" in lock(folder)[1]
    (folder / RULE).unlink()
    assert lock(folder)[0] == 0
    assert " retired\n" in (folder / "rules.lock").read_text()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        pytest.param("EX-01 1 ", "EX-01 one ", "small/rules.lock:3", id="no number"),
        pytest.param("EX-02 1 ", "EX-01 1 ", "small/rules.lock:4", id="an id twice"),
        pytest.param("form 1\n", "", "small/rules.lock:1", id="no form"),
        pytest.param("form 1\n", "<<<<<<< HEAD\nform 1\n", "small/rules.lock:2", id="a conflict"),
    ],
)
def test_a_broken_lock_is_refused(tmp_path: Path, old: str, new: str, place: str) -> None:
    folder = locked(tmp_path)
    edit(folder, old, new, "rules.lock")
    before = (folder / "rules.lock").read_text()

    for words in ([], ["--check"]):
        code, output = lock(folder, *words)
        assert (code, output.startswith(f"{place}: ")) == (3, True), output
    assert (folder / "rules.lock").read_text() == before


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "two", "01"])
def test_a_revision_is_a_whole_number_from_one_on(tmp_path: Path, number: str) -> None:
    ruleset, problems = check_ruleset(
        write_with_companions(tmp_path, RULE, "title:", f"revision: {number}\ntitle:")
    )

    assert ruleset is None
    assert [str(problem).split(": ")[0] for problem in problems] == ["small/rules/EX-01.yaml:2:11"]


def test_a_deprecated_rule_says_why(tmp_path: Path) -> None:
    folder = write_with_companions(tmp_path, RULE, "status: trial", "status: deprecated")

    _, problems = check_ruleset(folder)

    assert [problem.message for problem in problems] == ["a deprecated rule needs a status_reason"]
