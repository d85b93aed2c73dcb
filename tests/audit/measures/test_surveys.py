"""The board's own figures: read whole or refused with every mistake, and marked wherever shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from msp_rules.audit.measures.document import own_rows
from msp_rules.audit.measures.surveys import (
    SCHEMA_FILE,
    Survey,
    SurveyFigure,
    load_surveys,
    survey_rows,
)
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from tests.support.command_line import ROOT

WHOLE = """\
schema: msp-rules/surveys/1
surveys:
  - title: Adults asked after closure
    kind: survey
    source: Healthwatch, report of June 2026
    from: 2025-04-01
    to: 2026-03-31
    beside: [M9, M4]
    figures:
      - {label: felt listened to, count: 41, of: 52}
  - title: Focus group of carers
    kind: focus_group
    source: Carers' forum
    from: 2026-05-03
    to: 2026-05-03
    note: Six took part.
    figures:
      - {label: had been told how it ended, count: 5}
"""


def read(path: Path, text: str) -> tuple[Survey, ...]:
    path.write_text(text, encoding="utf-8")
    return load_surveys(path, core_vocabulary())


def test_a_file_is_read_with_sources_times_and_places(tmp_path: Path) -> None:
    assert read(tmp_path / "own.yaml", WHOLE) == (
        Survey(
            title="Adults asked after closure",
            kind="survey",
            source="Healthwatch, report of June 2026",
            first=date(2025, 4, 1),
            last=date(2026, 3, 31),
            beside=("M9", "M4"),
            figures=(SurveyFigure(label="felt listened to", count=41, of=52),),
            note=None,
        ),
        Survey(
            title="Focus group of carers",
            kind="focus_group",
            source="Carers' forum",
            first=date(2026, 5, 3),
            last=date(2026, 5, 3),
            beside=(),
            figures=(SurveyFigure(label="had been told how it ended", count=5, of=None),),
            note="Six took part.",
        ),
    )


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("kind: survey", "kind: survay", '4:11: unknown kind "survay"; did you mean "survey"?'),
        ("[M9, M4]", "[M9, M17]", '8:18: unknown measure "M17"; did you mean "M7"?'),
        ("count: 41", "count: 53", "10:42: count is 53, and only 52 answered (of)"),
        ("count: 41", "count: many", '10:42: "many" is not a whole number'),
        ("{label: felt", "{lable: felt", 'unknown key of a figure "lable"; did you mean "label"?'),
        ("to: 2026-03-31", "to: 2025-03-31", "7:9: to lies before from"),
        ("to: 2026-03-31", "to: 2026-02-30", "7:9: "),
        ("    source: Carers' forum\n", "", "11:5: a survey lacks source"),
        ("surveys/1", "surveys/2", '1:9: the schema must be "msp-rules/surveys/1"'),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, written: str, instead: str, message: str
) -> None:
    assert written in WHOLE

    with pytest.raises(RulesetInvalid) as refused:
        read(tmp_path / "own.yaml", WHOLE.replace(written, instead, 1))

    assert message in str(refused.value)
    assert str(refused.value).startswith("own.yaml:")


def test_all_mistakes_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(RulesetInvalid) as refused:
        read(
            tmp_path / "own.yaml",
            WHOLE.replace("kind: survey", "kind: poll").replace("count: 5", "count: five"),
        )

    assert len(refused.value.problems) == 2


def test_the_schema_takes_what_the_reader_takes() -> None:
    schema = json.loads((ROOT / SCHEMA_FILE).read_bytes())
    validator = Draft202012Validator(schema)
    plain: Any = YAML(typ="base", pure=True).load(WHOLE)

    assert [*validator.iter_errors(plain)] == []
    plain["surveys"][0]["kind"] = "poll"
    assert len([*validator.iter_errors(plain)]) == 1


def test_each_row_is_marked_as_the_boards_own(tmp_path: Path) -> None:
    surveys = survey_rows(read(tmp_path / "own.yaml", WHOLE))
    rows = [*own_rows({"surveys": surveys})]

    assert [row[:8] for row in rows] == [
        ("board's own", "survey", "Adults asked after closure", "Healthwatch, report of June 2026")
        + ("felt listened to", 41, 11, 52),
        ("board's own", "focus_group", "Focus group of carers", "Carers' forum")
        + ("had been told how it ended", 5, None, None),
    ]
    assert {len(row) for row in rows} == {16}
