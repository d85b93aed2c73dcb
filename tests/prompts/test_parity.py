"""One rule, two uses, proven equal: event by event through the desk, and in one scan."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.request import ScanRequest
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff
from msp_rules.engine.engine import Engine
from msp_rules.intake.export_xml import ExportReader
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.core import core_ruleset
from tests.support.replay import arrivals, batch_rows, replayed, shuffled, standing_rows
from tests.support.scanning import scanned

RANDOM_RULESETS = range(7000, 7000 + effort.of(12, thorough=80))
CASES_A_RULESET = 50
PIECES = effort.of(3, thorough=20)
CASES_A_PIECE = 200
MOST_EVENTS = 9


@pytest.fixture(scope="module")
def core() -> Engine:
    return Engine(core_ruleset(), matcher="python")


def made_up_cases(cases: int, *, seed: int) -> Iterator[tuple[Case, Cutoff]]:
    for number, profile in enumerate(("mixed", "exemplary", "noisy")):
        export = io.BytesIO()
        write_export(export, cases=-(-cases // 3), seed=seed + number, profile=profile)
        reader = ExportReader(io.BytesIO(export.getvalue()), "made-up.xml")
        for case in reader:
            assert reader.header is not None
            assert reader.header.reference_date is not None
            yield case, reader.header.reference_date


def assert_parity(engine: Engine, case: Case, as_of: Cutoff, seed: object) -> None:
    expected = batch_rows(engine, case, as_of, engine.evaluate(case, as_of).answers)

    for order in (arrivals(case), shuffled(case, seed)):
        host = replayed(engine, case, as_of, order)

        assert standing_rows(host.state) == expected, (seed, case.id)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", RANDOM_RULESETS)
def test_random_rules_say_the_same_event_by_event(seed: int) -> None:
    engine = Engine(seeded_ruleset(seed), matcher="python")

    for number in range(CASES_A_RULESET):
        case, as_of = seeded_case(seed, number)
        assert_parity(engine, case, as_of, f"{seed}/{number}")


@pytest.mark.fuzz
@pytest.mark.parametrize("piece", range(PIECES))
def test_core_rules_say_the_same_event_by_event(core: Engine, piece: int) -> None:
    rng, prompts = random.Random(piece), 0

    for case, as_of in made_up_cases(CASES_A_PIECE, seed=40 + 3 * piece):
        few = rng.sample(case.events, min(len(case.events), rng.randint(1, MOST_EVENTS)))
        part = case._replace(events=tuple(few))
        assert_parity(core, part, as_of, case.id)
        prompts += len(batch_rows(core, part, as_of, core.evaluate(part, as_of).answers))

    assert prompts > CASES_A_PIECE


@pytest.mark.slow
def test_whole_exports_say_the_same_as_a_scan(core: Engine, tmp_path: Path) -> None:
    export = tmp_path / "export.xml"
    write_export(export, cases=60, seed=11, profile="mixed")
    with export.open("rb") as stream:
        reader = ExportReader(stream, export.name)
        cases = list(reader)
        assert reader.header is not None
        as_of = reader.header.reference_date
    assert as_of is not None

    results, _ = scanned(ScanRequest(exports=(export,), ruleset=core.ruleset, matcher="python"))

    for case, result in zip(cases, results, strict=True):
        expected = batch_rows(core, case, as_of, result.answers)
        for order in (arrivals(case), shuffled(case, case.id)):
            assert standing_rows(replayed(core, case, as_of, order).state) == expected
