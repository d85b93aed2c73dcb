"""`msp-rules explain`: why, on which events, by which numbers, and nothing that is free text."""

import json
import re
from pathlib import Path

import pytest

from msp_rules.cli.explain import as_plain, as_text
from msp_rules.engine.engine import Engine
from msp_rules.engine.explain import explain
from msp_rules.intake.export_xml import open_export
from tests.builders.part_of_core import write_part_of_core
from tests.support.command_line import DEMO, EXAMPLE, run, run_here
from tests.support.core import core_ruleset


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


def test_a_lapsed_reason_is_named_with_what_it_lacks() -> None:
    done = run("explain", "ASK-01", str(EXAMPLE), "--case", "SA-1002")

    assert "partly_met" in done.stdout
    assert "row 13 of the table" in done.stdout
    assert "e2: not standing, with its text" in done.stdout
    assert "ask_within: 2 working days, from 2015-04-01 (published:" in done.stdout
    assert (
        "what would settle it: a record of outcomes_conversation with asked; it was due by "
        "2026-02-04" in done.stdout
    )


def test_the_places_that_the_rule_cites_are_named(few: str) -> None:
    words = ("explain", "ASK-01", str(EXAMPLE), "--case", "SA-1001", "--ruleset", few)
    rule = next(one for one in core_ruleset().rules if one.id == "ASK-01")

    done = run_here(*words)
    (answer,) = explained(*words[1:])

    cites = [{"source": cite.source, "at": cite.at} for cite in rule.cites]
    assert len(cites) > 0
    assert answer["cites"] == cites
    for cite in rule.cites:
        line = f"ASK-01 rests on: {core_ruleset().sources[cite.source]}: {cite.at}\n"
        assert line in done.stdout


def test_one_subject_can_be_asked_about(few: str) -> None:
    words = ("CLO-01", str(EXAMPLE), "--case", "SA-1001", "--subject", "e4", "--ruleset", few)

    assert [answer["subject"] for answer in explained(*words)] == ["e4"]


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
                    shown.append(json.dumps(as_plain(found), default=str))
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
