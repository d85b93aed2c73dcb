"""Defines a tenant of the service: one organisation with its own rules, memory and mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, Protocol

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.engine.engine import Engine
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.prompts.store import Desk
from msp_rules.rules.language.rule import Rule, Ruleset

DEFAULT_TENANT: Final = "default"
"""The name of the only tenant of a service without authentication."""


def _count_nowhere() -> None:
    """Counts nothing."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One organisation that the service answers; nothing of it is shared with another."""

    name: str
    """The name, as the claim `tenant` of a token has it."""
    desk: Desk = field(repr=False)
    """The desk, with the tenant's own memory."""
    engine: Engine = field(repr=False)
    """The engine, compiled from the tenant's ruleset with its overlays."""
    mapping: CaseMapping | None = field(default=None, repr=False)
    """The mapping that reads the host's own records; None: snapshots are `msp-case/1`."""
    note_unknown_card: Callable[[], None] = field(default=_count_nowhere, repr=False)
    """Counts feedback on a card that is not known, or no longer."""

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset with its overlays."""
        return self.engine.ruleset

    @cached_property
    def audit(self) -> CaseAudit:
        """Gives what audits one case as a scan does; its rules are compiled at first use."""
        return CaseAudit(self.ruleset, self.engine.choice)

    @cached_property
    def catalogue(self) -> Mapping[str, Rule]:
        """Lists the rules by id, in the order of the ruleset."""
        return MappingProxyType({rule.id: rule for rule in self.ruleset.rules})


class Tenants(Protocol):
    """Finds tenants by name."""

    def of(self, name: str) -> Tenant | None:
        """Finds the tenant of a name; gives None where there is none."""

    def all(self) -> Iterable[Tenant]:
        """Lists every tenant."""


@dataclass(frozen=True, slots=True)
class FixedTenants:
    """Holds tenants that are all known from the start."""

    tenants: Mapping[str, Tenant]
    """The tenants by name."""

    def of(self, name: str) -> Tenant | None:
        """See `Tenants.of`."""
        return self.tenants.get(name)

    def all(self) -> Iterable[Tenant]:
        """See `Tenants.all`."""
        return self.tenants.values()


def single_tenant(
    desk: Desk, engine: Engine, *, mapping: CaseMapping | None = None
) -> FixedTenants:
    """Gives the tenants of a service that serves one organisation, without authentication."""
    only = Tenant(name=DEFAULT_TENANT, desk=desk, engine=engine, mapping=mapping)
    return FixedTenants({only.name: only})
