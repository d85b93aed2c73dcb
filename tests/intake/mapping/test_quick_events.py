"""Plain rows are built quickly, and never otherwise than with care."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from msp_rules.casework.case import Case, Fault
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping import case_builder
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.source import open_cases

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
NAME = "Safeguarding Adults Report 31-03-2026.csv"
ODD = [
    b"",
    b" ",
    b"?",
    b"31/02/2026 10:00",
    b"05/01/2026",
    b"Neglect; ",
    b"No",
    b"\x81",
    b"30/12/1899 00:00",
    b"05/01/2062 10:00",
    b"x" * 600,
]


def read(folder: Path) -> tuple[list[Case], list[Fault], dict[tuple[str, str], int]]:
    mapping = load_mapping(EXPORTS / "wide.yaml", core_vocabulary())
    with open_cases(folder, mapping=mapping) as reader:
        return list(reader), reader.faults, dict(reader.unmapped)


@pytest.mark.parametrize("seed", range(12))
def test_a_spoilt_report_is_read_alike_in_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    source = random.Random(seed)
    lines = (EXPORTS / "wide" / NAME).read_bytes().split(b"\r\n")
    for at in range(4, len(lines) - 2):
        cells = lines[at].split(b",")
        for _ in range(source.randint(0, 4)):
            cells[source.randrange(1, len(cells))] = source.choice(ODD)
        lines[at] = b",".join(cells)
    (tmp_path / NAME).write_bytes(b"\r\n".join(lines))

    quick = read(tmp_path)
    monkeypatch.setattr(case_builder, "quick_plan", lambda *_: None)
    careful = read(tmp_path)

    assert quick == careful
    assert quick[1]
