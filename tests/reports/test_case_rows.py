"""A case as JSON and CSV: what rows have in common is written once, and reads as if it were not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from msp_rules.audit.case_audit import CaseResult, Findings, applying_of, are_plain
from msp_rules.audit.case_audit.questions import Rating, Suggestion
from msp_rules.audit.supply import CaseSupply
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.workdays import Due
from msp_rules.engine.verdict import Answer, LimitNumber, Missing, Verdict
from msp_rules.reports.case_rows import CSV_COLUMNS, csv_rows, json_case

HOURS = Due(parse_as_of("2026-07-05T09:30"), in_hours=True)
DAY = Due(parse_as_of("2026-07-05"))
NUMBER = LimitNumber("wait", 2, "hours", "assumed")
MISSING = (Missing("plan_made", ("lead", "role"), ((), ("adult",))), Missing("case_closed"))
ODD = ('=1+1"', "a\\b", "\u20ac,\u2028", "tab\tand\r\n", "")

MET = Answer("A-01", None, Verdict.MET, None, (), (), "flag", "green", None)
ANSWERS = (
    MET,
    MET._replace(verdict=Verdict.NOT_APPLICABLE, colour="none"),
    MET._replace(subject="e1", due=DAY, evidence=("e1", "e2"), changes_at=7),
    MET._replace(rule="B-01", verdict=Verdict.NOT_MET, due=HOURS, missing=MISSING, number=NUMBER),
    MET._replace(verdict=Verdict.PARTLY_MET, waived=("local", 'the "winter"'), colour="grey"),
    MET._replace(questions=("Q1", "Q6")),
    *(MET._replace(subject=one, evidence=(one, "e1")) for one in ODD),
)
AUDIT = {
    "Q1": Rating("green", is_explained=True),
    "Q2": Rating("green"),
    "Q6": Rating("grey", suggestion=Suggestion("amber", ("A-01",), ODD)),
}


def result(case: str = "MC-001") -> CaseResult:
    return CaseResult(
        case=case,
        answers=ANSWERS,
        applying=applying_of(ANSWERS),
        answered=len(ANSWERS),
        not_applicable=1,
        findings=Findings(AUDIT, {"felt_safer": ODD}, None, {}, None),
        owner=("", ""),
        supply=CaseSupply(None, [], [], []),
    )


def row(answer: Answer) -> Mapping[str, Any]:
    """An answer as docs/results.md has it."""
    shown: dict[str, Any] = {
        "rule": answer.rule,
        "subject": answer.subject,
        "verdict": answer.verdict.value,
        "due": None if answer.due is None else answer.due.text,
        "evidence": list(answer.evidence),
        "missing": [
            {"event": "plan_made", "fields": ["lead", "role"], "values": {"role": ["adult"]}},
            {"event": "case_closed", "fields": []},
        ]
        if answer.missing
        else [],
        "severity": answer.severity,
        "colour": answer.colour,
        "limit": {"number": 2, "unit": "hours", "basis": "assumed"} if answer.number else None,
    }
    if answer.questions is not None:
        shown["questions"] = list(answer.questions)
    if answer.waived is not None:
        shown["waived"] = {"layer": answer.waived[0], "name": answer.waived[1]}
    return shown


@pytest.mark.parametrize("all_rows", [False, True])
def test_rows_of_json_have_their_parts_in_order_whatever_ids_hold(all_rows: bool) -> None:
    twice = [json.loads(json_case(result(), all_rows=all_rows)) for _ in range(2)]

    answers = ANSWERS if all_rows else applying_of(ANSWERS)
    assert twice[0] == twice[1]
    assert json.dumps(twice[0]["verdicts"]) == json.dumps([row(one) for one in answers])
    assert list(twice[0])[:5] == ["case", "answered", "not_applicable", "verdicts", "audit"]
    assert twice[0]["practice"] == {"felt_safer": list(ODD)}


def test_ratings_of_json_name_what_a_suggestion_rests_on() -> None:
    found = json.loads(json_case(result('"C\\'), all_rows=False))

    assert found["case"] == '"C\\'
    assert found["audit"] == {
        "Q1": {"colour": "green", "explained": True},
        "Q2": {"colour": "green", "explained": False},
        "Q6": {
            "colour": "grey",
            "explained": False,
            "suggested": "amber",
            "rules": ["A-01"],
            "evidence": list(ODD),
        },
    }


@pytest.mark.parametrize("all_rows", [False, True])
def test_plain_ids_are_written_as_ids_are_that_have_to_be_quoted(all_rows: bool) -> None:
    careful, quick = result(), result()
    careful.answers = quick.answers = tuple(one for one in ANSWERS if one.subject not in ODD)
    careful.applying = quick.applying = applying_of(quick.answers)
    assert are_plain([one for answer in quick.answers for one in answer.evidence])
    quick.has_plain_ids = True

    assert json_case(quick, all_rows=all_rows) == json_case(careful, all_rows=all_rows)
    assert csv_rows(quick, all_rows=all_rows) == csv_rows(careful, all_rows=all_rows)


@pytest.mark.parametrize("word", ["e1", "E", "0", "a-b_c.d:e/f-", "x" * 500])
def test_plain_ids_are_words_that_no_format_quotes(word: str) -> None:
    assert are_plain([])
    assert are_plain([word])
    assert are_plain(["e1", word, word])


@pytest.mark.parametrize(
    "odd", [*ODD, "-e1", "@e1", ".e1", "e 1", "e,1", "e'1", "e\n1", "e1\n", "\ne1", "é1", "\x00"]
)
def test_one_id_that_some_format_may_quote_makes_all_of_a_case_quoted(odd: str) -> None:
    assert not are_plain([odd])
    assert not are_plain(["e1", odd, "e2"])


def test_a_case_without_answers_has_no_rows() -> None:
    empty = result()
    empty.answers, empty.applying = (), ()

    assert json.loads(json_case(empty, all_rows=True))["verdicts"] == []
    assert csv_rows(empty, all_rows=True) == b""


def test_few_rows_are_kept_and_the_bytes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    before = json_case(result(), all_rows=True)
    monkeypatch.setattr("msp_rules.reports.case_rows._MOST_KEPT", 1)

    assert json_case(result(), all_rows=True) == before


@pytest.mark.parametrize("all_rows", [False, True])
def test_lines_of_csv_read_as_the_answers_with_formulas_made_inert(all_rows: bool) -> None:
    text = csv_rows(result("=C,1"), all_rows=all_rows).decode()

    read = list(csv.DictReader(io.StringIO(text, newline=""), CSV_COLUMNS))
    answers = ANSWERS if all_rows else applying_of(ANSWERS)
    assert [one["rule"] for one in read] == [one.rule for one in answers]
    assert {one["case"] for one in read} == {"'=C,1"}
    for one, answer in zip(read, answers, strict=True):
        subject, evidence = answer.subject or "", " ".join(answer.evidence)
        quote = "'" if subject.startswith("=") else ""
        assert one["subject"] == quote + subject
        assert one["evidence"] == quote + evidence
        assert (one["verdict"], one["severity"]) == (answer.verdict.value, answer.severity)
        assert one["colour"] == answer.colour
        assert one["due"] == ("" if answer.due is None else answer.due.text)
        assert one["waived"] == " / ".join(answer.waived or ())
        assert one["basis"] == ("assumed" if answer.number else "")
