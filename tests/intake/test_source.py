"""Whatever holds cases is opened and read in the same way."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.reading import Shard
from msp_rules.intake.source import CaseSource, open_cases

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "mapping"
DEMO = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
MAPPED = [
    ("forms.xml", "forms.yaml"),
    ("rows.xml", "rows.yaml"),
    ("rows-csv", "rows-csv.yaml"),
]


def opened(name: str, mapping: str | None, shard: Shard | None = None) -> CaseSource:
    vocabulary = core_vocabulary()
    loaded = None if mapping is None else load_mapping(EXAMPLES / mapping, vocabulary)
    path = DEMO if mapping is None else EXAMPLES / name
    return open_cases(path, mapping=loaded, shard=shard)


@pytest.mark.parametrize(("name", "mapping"), [("", None), *MAPPED])
def test_every_source_gives_its_cases_with_their_index_and_its_files(
    name: str, mapping: str | None
) -> None:
    begun: list[int] = []

    with opened(name, mapping) as source:
        source.before_case = begun.append
        given = [(source.case_index, case.id) for case in source]

    assert [index for index, _ in given] == list(range(source.cases_read)) == begun
    assert len({case_id for _, case_id in given}) == len(given)
    assert source.header is not None
    assert source.truncation_fault is None
    assert all(len(one.sha256) == 64 and one.size > 0 for one in source.files)


@pytest.mark.parametrize(("name", "mapping"), [("", None), *MAPPED])
def test_the_shares_of_a_source_add_up_to_its_cases(name: str, mapping: str | None) -> None:
    with opened(name, mapping) as source:
        every = [case.id for case in source]

    found: dict[int, str] = {}
    for reader in range(2):
        with opened(name, mapping, Shard(reader, readers=2, block=1)) as source:
            for case in source:
                found[source.case_index] = case.id

    assert [found[index] for index in sorted(found)] == every


def test_a_position_is_counted_in_bytes_on_disk() -> None:
    with opened("forms.xml", "forms.yaml") as source:
        before = source.position
        for _ in source:
            pass

    assert (before, source.position) == (0, (EXAMPLES / "forms.xml").stat().st_size)


@pytest.mark.parametrize("mapping", [None, "forms.yaml", "rows-csv.yaml"])
def test_what_is_not_there_is_said_by_its_name_alone(tmp_path: Path, mapping: str | None) -> None:
    vocabulary = core_vocabulary()
    loaded = None if mapping is None else load_mapping(EXAMPLES / mapping, vocabulary)

    with (
        pytest.raises(InputUnreadable) as refused,
        open_cases(tmp_path / "gone.xml", mapping=loaded) as source,
    ):
        list(source)

    assert str(refused.value) == "gone.xml: there is no such file"
