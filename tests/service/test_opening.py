"""Tenants are opened each with its own rules, or refused with all that is wrong."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from msp_rules.casework.case import Supply
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.prompts.store import ChangeFeed, Memory, MemoryNotReady, upgrade
from msp_rules.service.configuration import ServiceSettings, TenantSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import check_memories, load_tenants, memory_of, open_tenants
from tests.support.command_line import run_here
from tests.support.postgresql import create_database
from tests.support.told import CASE, concern

pytestmark = pytest.mark.slow


def test_tenants_of_the_same_rules_share_an_engine_and_each_has_its_supply_and_memory(
    tmp_path: Path, empty_memory: Path
) -> None:
    places = [tmp_path / "one.db", tmp_path / "other.db"]
    for place in places:
        place.write_bytes(empty_memory.read_bytes())
    settings = ServiceSettings(
        tenants=(
            TenantSettings(
                name="one", memory=str(places[0]), supplies=("concern_raised", "case_closed.reason")
            ),
            TenantSettings(name="other", memory=str(places[1])),
        )
    )

    loaded = load_tenants(settings)
    opened = open_tenants(loaded, ServiceMetrics())

    one, other = opened.tenants.of("one"), opened.tenants.of("other")
    with opened.closing:
        assert one is not None
        assert other is not None
        assert one.engine is other.engine
        assert one.desk.memory.database is not other.desk.memory.database
        assert one.desk.supply == Supply(
            declared=True,
            types=frozenset({"concern_raised"}),
            fields={"case_closed": frozenset({"reason"})},
        )
        assert other.desk.supply == Supply()
        assert opened.tenants.of("nobody") is None


def test_mistakes_in_the_rules_and_mappings_of_all_tenants_are_named_together(
    tmp_path: Path,
) -> None:
    (tmp_path / "forms.yaml").write_text("schema: msp-rules/mapping/1\n")
    (tmp_path / "overlay.yaml").write_text("id: x\n")
    settings = ServiceSettings(
        tenants=(
            TenantSettings(name="one", mapping=tmp_path / "forms.yaml"),
            TenantSettings(name="other", overlays=(tmp_path / "overlay.yaml",)),
        )
    )

    with pytest.raises(RulesetInvalid) as refused:
        load_tenants(settings)

    files = {Path(one.where.path).name for one in refused.value.problems}
    assert files == {"forms.yaml", "overlay.yaml"}


def test_an_unknown_word_of_what_is_supplied_is_named_by_its_tenant() -> None:
    settings = ServiceSettings(tenants=(TenantSettings(name="one", supplies=("concern_rised",)),))

    with pytest.raises(MspRulesError, match='supplies of the tenant "one".*"concern_raised"'):
        load_tenants(settings)


def test_a_schema_is_of_a_postgresql_database_also_where_a_variable_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEMORY_OF_ONE", "postgresql://user:secret@host/database")
    one = TenantSettings(name="one", memory_variable="MEMORY_OF_ONE", memory_schema="one")

    assert memory_of(one).schema == "one"
    monkeypatch.setenv("MEMORY_OF_ONE", "memory.db")
    with pytest.raises(MspRulesError, match='tenant "one": only a PostgreSQL database has schemas'):
        memory_of(one)


@pytest.mark.postgresql
def test_a_schema_that_is_not_there_is_made_by_the_command_that_is_said(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORY_OF_ONE", where := create_database(postgresql, "opening"))
    one = TenantSettings(name="one", memory_variable="MEMORY_OF_ONE", memory_schema="one")
    settings = ServiceSettings(tenants=(one,))
    with pytest.raises(MspRulesError) as refused:
        check_memories(settings, workers=2)
    _, _, command = str(refused.value).partition("; the command: ")

    done = run_here(*shlex.split(command)[1:])

    assert done.returncode == 0, done.stderr
    assert command.startswith("msp-rules memory upgrade --schema one ")
    check_memories(settings, workers=2)
    with pytest.raises(MemoryNotReady):
        Memory(where)


@pytest.mark.postgresql
def test_two_tenants_in_schemas_of_one_database_never_meet(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORY_OF_BOTH", where := create_database(postgresql, "two_schemas"))
    settings = ServiceSettings(
        tenants=tuple(
            TenantSettings(name=name, memory_variable="MEMORY_OF_BOTH", memory_schema=name)
            for name in ("anytown", "othertown")
        )
    )
    for name in ("anytown", "othertown"):
        upgrade(where, schema=name)
    opened = open_tenants(load_tenants(settings), ServiceMetrics())

    with opened.closing:
        anytown, othertown = opened.tenants.all()
        anytown.desk.receive(concern(), "2026-01-05T12:00:00+00:00")
        claimed = [
            ChangeFeed(one.desk.memory).claim("panel", "2026-01-05T12:00:00+00:00")
            for one in (anytown, othertown)
        ]
        uses = [one.use("iss", "jti", now=0, until=1) for one in opened.uses.values()]

        assert [bool(one) for one in claimed] == [True, False]
        assert othertown.desk.held_on(CASE) is None
        assert uses == [True, True]


def test_the_memories_of_all_tenants_that_can_not_be_served_are_named_together(
    tmp_path: Path,
) -> None:
    tenants = (
        TenantSettings(name="one", memory=str(tmp_path / "one.db")),
        TenantSettings(name="two", memory_variable="NOT_SET_AT_ALL"),
        TenantSettings(name="three", memory=f"postgresql://user:secret@/database?host={tmp_path}"),
    )

    with pytest.raises(MspRulesError) as refused:
        check_memories(ServiceSettings(tenants=tenants), workers=1)

    one, two, three = str(refused.value).splitlines()
    assert one.startswith('tenant "one": there is no memory at this path yet')
    assert one.endswith(f'msp-rules memory upgrade "{tmp_path / "one.db"}"')
    assert two.startswith('tenant "two": the environment variable NOT_SET_AT_ALL is not set')
    assert three.startswith('tenant "three": the memory did not answer')
    assert "secret" not in str(refused.value)
