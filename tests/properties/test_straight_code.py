"""Code that is written for a ruleset answers as its objects do, of any rules and cases."""

import io
from collections.abc import Iterable
from dataclasses import replace

import pytest

from benchmarks.export_generator import write_export
from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.visibility import in_force, is_clear
from msp_rules.engine.engine import IS_COMPILED, NO_CODE, Engine
from msp_rules.intake.export_xml import ExportReader
from msp_rules.rules.language.rule import Ruleset
from tests.support import effort
from tests.support.campaign import seeded_case, seeded_ruleset
from tests.support.core import core_ruleset

pytestmark = pytest.mark.fuzz

TODAY = 739_000
FIRST_SEED = 900
RULESETS = effort.of(4, thorough=150)
CASES_A_RULESET = 60
CASES_OF_CORE = effort.of(60, thorough=2_000)


@pytest.mark.parametrize("foresees", [False, True], ids=["once", "with what comes"])
def test_any_rules_are_answered_as_by_their_objects(foresees: bool) -> None:
    clear = 0

    for seed in range(FIRST_SEED, FIRST_SEED + RULESETS):
        cases = [seeded_case(seed, number) for number in range(CASES_A_RULESET)]
        clear += count_clear(seeded_ruleset(seed), cases, foresees=foresees)

    assert clear > RULESETS * CASES_A_RULESET / 5


def test_core_rules_are_judged_by_compiled_code_where_the_package_was_compiled() -> None:
    engine = Engine(core_ruleset(), matcher="python", foresees=False)
    changed = core_ruleset()
    changed = replace(changed, settings=replace(changed.settings, office_close=15))

    engine.prepare(TODAY)

    assert engine.straighten(TODAY).is_compiled is IS_COMPILED
    assert not Engine(changed, matcher="python").straighten(TODAY).is_compiled


@pytest.mark.parametrize("profile", ["mixed", "exemplary", "noisy"])
def test_core_rules_are_answered_as_by_their_objects(profile: str) -> None:
    export = io.BytesIO()
    write_export(export, cases=CASES_OF_CORE, seed=11, profile=profile)
    reader = ExportReader(io.BytesIO(export.getvalue()), "made-up.xml")
    cases = [(case, reader.header.reference_date) for case in reader if reader.header is not None]
    known = [(case, as_of) for case, as_of in cases if as_of is not None]

    clear = count_clear(core_ruleset(), known, foresees=True)

    assert clear > CASES_OF_CORE / 2


def count_clear(ruleset: Ruleset, cases: Iterable[tuple[Case, Cutoff]], *, foresees: bool) -> int:
    """Asks both ways, compares all that they say, and counts the clear records."""
    objects = Engine(ruleset, matcher="python", foresees=foresees, code_after=NO_CODE)
    written = Engine(ruleset, matcher="python", foresees=foresees, code_after=0)
    clear = 0
    for case, as_of in cases:
        view = in_force(case, as_of)
        assert written.evaluate_view(view) == objects.evaluate_view(view), case.id
        clear += is_clear(view, written.straighten(as_of.day).tested)
    return clear
