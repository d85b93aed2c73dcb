"""Tenants are opened each with its own rules, or refused with all that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import Supply
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.service.configuration import ServiceSettings, TenantSettings
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.opening import load_tenants, memory_of, open_tenants

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

    assert memory_of(one).whole.endswith("@host/database?options=-csearch_path%3Done")
    monkeypatch.setenv("MEMORY_OF_ONE", "memory.db")
    with pytest.raises(MspRulesError, match='tenant "one": only a PostgreSQL database has schemas'):
        memory_of(one)
