"""Opens the tenants of a service: their rules before processes part, their memories afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msp_rules.casework.case import Supply
from msp_rules.casework.moments import LONDON
from msp_rules.casework.vocabulary import Vocabulary, read_supply
from msp_rules.engine.engine import Engine
from msp_rules.errors import MspRulesError, Problem, RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.prompts.store import Memory, MemoryNotReady
from msp_rules.prompts.store.addresses import MemoryAddress, memory_address
from msp_rules.prompts.store.used_tokens import UsedTokens
from msp_rules.rules.loading import load_ruleset
from msp_rules.service.configuration import ServiceSettings, TenantSettings
from msp_rules.service.measured_desk import DeskWatch, MeasuredDesk
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.tenants import FixedTenants, Tenant
from msp_rules.service.traces import NO_TRACING, Tracing

_UPGRADE: Final = "msp-rules memory upgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTenant:
    """All of a tenant that can be loaded before there is a process of its own to serve it."""

    settings: TenantSettings
    """The settings that it was loaded by."""
    engine: Engine
    """The engine of its ruleset with its overlays."""
    mapping: CaseMapping | None
    """The mapping of the host's own records."""
    supply: Supply
    """The event types and fields that the host can deliver."""


@dataclass(frozen=True, slots=True)
class OpenTenants:
    """The tenants of one process, with memories that are open until they are closed."""

    tenants: FixedTenants
    """The tenants."""
    uses: Mapping[str, UsedTokens]
    """The tokens that were used, by tenant."""
    closing: ExitStack
    """Closes every memory."""


def load_tenants(settings: ServiceSettings) -> tuple[LoadedTenant, ...]:
    """Loads rules and mappings; raises RulesetInvalid with all mistakes of all of them.

    Tenants with the same ruleset and overlays share an engine, which nothing ever changes.
    """
    engines: dict[tuple[object, ...], Engine] = {}
    loaded, problems = list[LoadedTenant](), list[Problem]()
    for one in settings.tenants:
        try:
            key = (one.ruleset, one.overlays)
            if key not in engines:
                engines[key] = _engine_of(one)
            loaded.append(_loaded(one, engines[key]))
        except RulesetInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise RulesetInvalid(dict.fromkeys(problems))
    return tuple(loaded)


def _engine_of(one: TenantSettings) -> Engine:
    ruleset = load_ruleset(one.ruleset, one.overlays)
    if ruleset.unapproved:
        raise RulesetInvalid(ruleset.unapproved)
    engine = Engine(ruleset)
    engine.prepare(datetime.now(LONDON).toordinal())
    return engine


def _loaded(one: TenantSettings, engine: Engine) -> LoadedTenant:
    vocabulary = engine.ruleset.vocabulary
    return LoadedTenant(
        settings=one,
        engine=engine,
        mapping=None if one.mapping is None else load_mapping(one.mapping, vocabulary),
        supply=_supply_of(one, vocabulary),
    )


def _supply_of(one: TenantSettings, vocabulary: Vocabulary) -> Supply:
    if one.supplies is None:
        return Supply()
    return read_supply(one.supplies, vocabulary, f'supplies of the tenant "{one.name}"')


def memory_of(one: TenantSettings) -> MemoryAddress:
    """Gives the address of a tenant's memory; raises MspRulesError where there is none."""
    where = one.memory
    if one.memory_variable is not None:
        where = os.environ.get(one.memory_variable, "")
        if not where:
            raise MspRulesError(
                f'tenant "{one.name}": the environment variable {one.memory_variable} is not set; '
                "it holds the path or URL of the memory"
            )
    try:
        return memory_address(where, schema=one.memory_schema)
    except MemoryNotReady as error:
        raise MemoryNotReady(f'tenant "{one.name}": {error}') from None


def check_memories(settings: ServiceSettings, *, workers: int) -> None:
    """Refuses memories that are not ready, or that so many workers can't share, all at once."""
    problems = [_problem_of(one, workers) for one in settings.tenants]
    found = [one for one in problems if one is not None]
    if found:
        raise MspRulesError("\n".join(found))


def _problem_of(one: TenantSettings, workers: int) -> str | None:
    """Says why a tenant's memory can't be served, and what to do; None where it can."""
    try:
        address = memory_of(one)
    except MspRulesError as error:
        return str(error)
    if workers > 1 and address.is_sqlite:
        return (
            f'tenant "{one.name}": a SQLite file is for one worker; keep the memory in '
            "PostgreSQL, or leave out --workers"
        )
    try:
        Memory(address.whole, schema=address.schema).close()
    except MemoryNotReady as error:
        in_schema = "" if address.schema is None else f" --schema {address.schema}"
        command = f'{_UPGRADE}{in_schema} "{address.shown}"'
        return f'tenant "{one.name}": {error}; the command: {command}'
    except MspRulesError as error:
        return f'tenant "{one.name}": {error}'
    return None


def open_tenants(
    loaded: tuple[LoadedTenant, ...], metrics: ServiceMetrics, tracing: Tracing = NO_TRACING
) -> OpenTenants:
    """Opens the memories of tenants, in the process that serves them."""
    tenants, uses, closing = {}, {}, ExitStack()
    for one in loaded:
        name = one.settings.name
        address = memory_of(one.settings)
        memory = closing.enter_context(Memory(address.whole, schema=address.schema))
        watch = DeskWatch(tenant=name, metrics=metrics, tracing=tracing)
        desk = MeasuredDesk(
            memory, one.engine, supply=one.supply, watch=watch, policy=one.settings.answers
        )
        tenants[name] = Tenant(
            name=name,
            desk=desk,
            engine=one.engine,
            mapping=one.mapping,
            note_unknown_card=metrics.unknown_cards.labels(name).inc,
        )
        uses[name] = UsedTokens(memory.database)
    return OpenTenants(FixedTenants(MappingProxyType(tenants)), MappingProxyType(uses), closing)
