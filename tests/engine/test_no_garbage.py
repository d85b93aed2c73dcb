"""An evaluation frees all that it made by itself: millions of cases wait for no collector."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.casework.moments import parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.intake.export_xml import open_export
from tests.support.core import core_ruleset


@pytest.mark.slow
def test_an_evaluation_leaves_nothing_to_collect(tmp_path: Path) -> None:
    write_export(tmp_path / "export.xml", cases=20, seed=3)
    with open_export(tmp_path / "export.xml") as reader:
        cases = list(reader)
    engine = Engine(core_ruleset(), matcher="python")
    as_of = parse_as_of("2026-06-30")
    for case in cases:  # what is kept for good is made the first time
        engine.evaluate(case, as_of)
    gc.collect()

    gc.disable()
    try:
        for case in cases:
            engine.evaluate(case, as_of)
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0
