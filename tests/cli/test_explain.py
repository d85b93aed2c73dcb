"""`msp-rules explain`: why, on which events, by which numbers, and nothing that is free text."""

import json
import re
from pathlib import Path

import pytest

from msp_rules.cli.explain import as_text
from msp_rules.engine.engine import Engine
from msp_rules.engine.explain import explain
from msp_rules.intake.export_xml import open_export
from msp_rules.reports.explanation import explanation_document
from msp_rules.rules import load_ruleset
from msp_rules.rules.language.wording import citation_in_words
from tests.builders.part_of_core import write_part_of_core
from tests.support.command_line import DEMO, EXAMPLE, ROOT, run, run_here
from tests.support.core import core_ruleset

MAPPINGS = ROOT / "docs/examples/mapping"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with three of the core rules, which loads in a tenth of the time."""
    files = ("rules/ASK-01.yaml", "rules/CLO-01.yaml", "rules/OUT-01.yaml")
    return str(write_part_of_core(tmp_path_factory.mktemp("few") / "core", *files))


def explained(*words: str) -> list[dict[str, object]]:
    done = run_here("explain", *words, "--format", "json")

    assert done.returncode == 0, done.stderr
    answers: list[dict[str, object]] = json.loads(done.stdout)
    return answers


def test_evidence_is_named_with_the_condition_that_it_meets(few: str) -> None:
    (answer,) = explained("ASK-01", str(EXAMPLE), "--case", "SA-1001", "--ruleset", few)

    assert (answer["verdict"], answer["row"], answer["evidence"]) == ("met", 3, ["e3"])
    conditions = answer["conditions"]
    assert isinstance(conditions, list)
    expected = next(line for line in conditions if line["block"] == "expect")
    assert (expected["value"], expected["evidence"]) == ("yes", ["e3"])


@pytest.mark.slow
def test_a_lapsed_reason_is_named_with_what_it_lacks() -> None:
    done = run("explain", "ASK-01", str(EXAMPLE), "--case", "SA-1002")

    assert "partly_met" in done.stdout
    assert "row 13 of the table" in done.stdout
    assert "e2: not standing, with its text" in done.stdout
    assert "ask_within: 2 working days, from 2015-04-01 (assumed:" in done.stdout
    assert (
        "what would settle it: a record of outcomes_conversation with asked (asked_expressed or "
        "asked_none_expressed); it was due by 2026-02-04" in done.stdout
    )


def test_the_places_that_the_rule_cites_are_named(few: str) -> None:
    words = ("explain", "ASK-01", str(EXAMPLE), "--case", "SA-1001", "--ruleset", few)
    rule = next(one for one in core_ruleset().rules if one.id == "ASK-01")

    done = run_here(*words)
    (answer,) = explained(*words[1:])

    known = load_ruleset(Path(few))
    cites = [
        {"source": cite.source, "at": cite.at, "words": citation_in_words(cite, known)}
        for cite in rule.cites
    ]
    assert len(cites) > 0
    assert answer["cites"] == cites
    for cite in rule.cites:
        assert f"ASK-01 rests on: {citation_in_words(cite, known)}\n" in done.stdout


def test_one_subject_can_be_asked_about(few: str) -> None:
    words = ("CLO-01", str(EXAMPLE), "--case", "SA-1001", "--subject", "e4", "--ruleset", few)

    assert [answer["subject"] for answer in explained(*words)] == ["e4"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("export", "mapping"),
    [("forms.xml", "forms.yaml"), ("rows.xml", "rows.yaml"), ("rows-csv", "rows-csv.yaml")],
)
def test_a_vendors_case_is_explained_as_it_is_scanned(export: str, mapping: str, few: str) -> None:
    source = (str(MAPPINGS / export), "--mapping", str(MAPPINGS / mapping), "--ruleset", few)
    done = run_here("scan", *source, "--format", "json", "--out", "-", "--quiet", "--all-rows")
    cases = json.loads(done.stdout)["cases"]

    for case in cases:
        for rule in ("ASK-01", "CLO-01", "OUT-01"):
            words = ("explain", rule, *source, "--case", case["case"], "--format", "json")
            answers = json.loads(run_here(*words).stdout)

            scanned = [row for row in case["verdicts"] if row["rule"] == rule]
            assert [row["verdict"] for row in answers] == [row["verdict"] for row in scanned]
            assert [row["subject"] for row in answers] == [row["subject"] for row in scanned]
    assert len(cases) == 2


def test_what_could_not_be_read_of_a_vendors_case_is_named_with_its_line(few: str) -> None:
    source = (str(MAPPINGS / "forms.xml"), "--mapping", str(MAPPINGS / "forms.yaml"))

    of_one, of_other = (
        run_here("explain", "ASK-01", *source, "--case", case, "--ruleset", few)
        for case in ("R-1", "R-2")
    )

    assert (of_one.returncode, of_one.stderr) == (0, "")
    assert of_other.returncode == 2
    assert of_other.stderr == (
        "forms.xml:16: identified_adult of concern_raised: not one of the codes of "
        "identified_adult: yes, no, not_known\n"
    )
    assert "f1: cannot tell identified_adult" in of_other.stdout


@pytest.mark.slow
def test_a_mapping_may_name_what_an_overlay_adds(tmp_path: Path) -> None:
    mapping = tmp_path / "forms.yaml"
    mapping.write_text(
        (MAPPINGS / "forms.yaml").read_text(encoding="utf-8") + "  - event: x_feedback_card_given\n"
        "    record: Form\n"
        "    when: {'@type': SG-01}\n"
        "    id: {path: '@id', suffix: -card}\n"
        "    occurred: {path: '@completed', date_format: '%d/%m/%Y %H:%M'}\n"
        "    fields: {}\n",
        encoding="utf-8",
    )
    words = ("X-CARD-01", str(MAPPINGS / "forms.xml"), "--mapping", str(mapping), "--case", "R-1")

    without = run_here("explain", *words)
    with_it = run_here("explain", *words, "--overlay", str(ROOT / "rulesets/example-council"))

    assert without.returncode == 3
    assert with_it.returncode == 0, with_it.stderr
    assert "case R-1" in with_it.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["ASK-1", "--case", "SA-1001"], 3, 'mean "ASK-01"', id="no such rule"),
        pytest.param(["ASK-01", "--case", "SA-101"], 4, 'mean "SA-1001"', id="no such case"),
        pytest.param(["ASK-01"], 64, "--case", id="no case named"),
        pytest.param(
            ["ASK-01", "--case", "SA-1001", "--as-of", "soon"], 64, "--as-of takes", id="no date"
        ),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(
    words: list[str], code: int, message: str, few: str
) -> None:
    done = run_here("explain", words[0], str(EXAMPLE), *words[1:], "--ruleset", few)

    assert done.returncode == code
    assert message in done.stderr


@pytest.mark.slow
def test_no_free_text_is_shown(tmp_path: Path) -> None:
    text = re.sub(r"<(\w+)>([^<]*[a-z]{2} [a-z]{2}[^<]*)<", r"<\1>Zcanary \2<", DEMO.read_text())
    text = re.sub(r'ref="', 'ref="Zcanary', text)
    export = tmp_path / "x.xml"
    export.write_text(text)
    engine = Engine(core_ruleset(), matcher="python")

    shown = []
    with open_export(export) as reader:
        for case in reader:
            assert reader.header is not None
            as_of = reader.header.reference_date
            assert as_of is not None
            for rule in core_ruleset().enabled_rules:
                for found in explain(engine, case, as_of, rule.id):
                    shown += as_text(found, rule, case.id, as_of)
                    shown.append(json.dumps(explanation_document(found), default=str))
    done = run("explain", "ASK-01", str(export), "--case", "MC-001", "--matcher", "python")

    assert text.count("Zcanary") > 60
    assert len(shown) > 5000
    assert "Zcanary" not in "\n".join(shown) + done.stdout + done.stderr


def test_no_free_text_is_shown_by_the_command(few: str, tmp_path: Path) -> None:
    text = re.sub(r"<text>[^<]*<", "<text>Zcanary<", EXAMPLE.read_text())
    export = tmp_path / "x.xml"
    export.write_text(re.sub(r'ref="', 'ref="Zcanary', text))

    for form in ("text", "json"):
        words = ("--case", "SA-1001", "--format", form, "--ruleset", few)
        done = run_here("explain", "OUT-01", str(export), *words)

        assert done.returncode == 0
        assert "e4" in done.stdout
        assert "Zcanary" not in done.stdout + done.stderr
    assert text.count("Zcanary") > 0


@pytest.mark.slow
def test_every_answer_of_the_demo_can_be_explained() -> None:
    engine = Engine(core_ruleset(), matcher="python")
    explained_rows = set()
    with open_export(DEMO) as reader:
        for case in reader:
            assert reader.header is not None
            as_of = reader.header.reference_date
            assert as_of is not None
            evaluation = engine.evaluate(case, as_of)
            for rule in engine.ruleset.enabled_rules:
                found = list(explain(engine, case, as_of, rule.id))
                answers = [one for one in evaluation.answers if one.rule == rule.id]
                assert [one.answer for one in found] == answers
                explained_rows |= {one.row for one in found}

    assert explained_rows >= {1, 2, 3, 5, 7, 8, 13, 14}
