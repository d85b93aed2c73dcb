"""A vendor's dates that cannot be are doubted as those of the canonical form."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.moments import cutoff_at
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping import case_builder
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import open_cases

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
AS_OF = cutoff_at("2026-03-31")


@pytest.fixture(params=["quickly", "with care"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of CSV files, of which plain rows are read in either way."""
    if request.param == "with care":
        monkeypatch.setattr(case_builder, "quick_plan", lambda *_: None)
    return Path(shutil.copytree(EXAMPLES / "rows-csv", tmp_path / "export"))


def read(folder: Path) -> tuple[dict[str, Case], list[Fault]]:
    mapping = load_mapping(EXAMPLES / "rows-csv.yaml", core_vocabulary())
    with open_cases(folder, mapping=mapping, as_of=AS_OF) as reader:
        return {case.id: case for case in reader}, reader.faults


@pytest.mark.parametrize(
    ("occurred", "trouble"),
    [
        ("31-03-2026", None),
        ("01-04-2026", "lies after the export"),
        ("06-01-2062", "lies after the export"),
        ("01-04-1990", None),
        ("31-03-1990", "lies before 1990-04-01, the earliest day that counts as possible"),
        ("30-12-1899", "lies before 1900"),
    ],
)
def test_a_row_with_a_date_that_cannot_be_is_an_event_that_perhaps_exists(
    folder: Path, occurred: str, trouble: str | None
) -> None:
    talks = folder / "talks.csv"
    talks.write_text(talks.read_text("utf-8").replace("06-01-2026", occurred), "utf-8")

    cases, faults = read(folder)

    (talk,) = [one for one in cases["C1"].events if one.type == "outcomes_conversation"]
    expected = [] if trouble is None else [f"occurred of outcomes_conversation: {trouble}"]
    assert [one.reason for one in faults] == expected
    assert talk.is_certain is (trouble is None)
    assert talk.unknown == (frozenset() if trouble is None else {"occurred"})
