"""The oracle and the engine say the same of the rules that ship, on made-up cases."""

import io

import pytest

from benchmarks.export_generator import write_export
from msp_rules.authoring.examples import case_of
from msp_rules.casework.moments import parse_as_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import NO_CODE, Engine
from msp_rules.intake.export_xml import ExportReader
from tests.support import effort
from tests.support.core import core_ruleset
from tests.support.differences import compare, engine_rows, oracle_rows
from tests.support.matchers import MATCHERS

pytestmark = pytest.mark.slow

CASES = effort.of(60, thorough=600)


@pytest.mark.parametrize("profile", ["mixed", "exemplary", "noisy"])
def test_core_rules_equal_the_oracle(profile: str) -> None:
    ruleset = core_ruleset()
    # One by its objects, the other by written code wherever a record is clear.
    engines = [
        Engine(ruleset, matcher=matcher, code_after=0 if matcher == "python" else NO_CODE)
        for matcher in MATCHERS
    ]
    export = io.BytesIO()
    write_export(export, cases=CASES, seed=7, profile=profile)
    reader = ExportReader(io.BytesIO(export.getvalue()), "made-up.xml")
    answers = 0

    for case in reader:
        assert reader.header is not None
        as_of = reader.header.reference_date
        assert as_of is not None
        expected = oracle_rows(ruleset, case, as_of)
        answers += len(expected)
        for engine in engines:
            assert compare(expected, *engine_rows(engine, case, as_of)) is None, case.id

    assert answers > CASES * len(ruleset.enabled_rules)


def test_examples_of_core_rules_equal_the_oracle() -> None:
    ruleset = core_ruleset()
    engine = Engine(ruleset, matcher="python")

    for rule in ruleset.rules:
        for example in rule.examples:
            case, problems = case_of(example, core_vocabulary())
            as_of = parse_as_of(example.as_of)
            given, faults = engine_rows(engine, case, as_of)

            assert problems == ()
            assert compare(oracle_rows(ruleset, case, as_of), given, faults) is None, example.name
