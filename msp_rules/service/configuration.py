"""Defines how a service is set up: its tenants, its clients, and what it refuses to do at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msp_rules.prompts.policy import DEFAULT_POLICY, FeedbackPolicy
from msp_rules.service.tenants import DEFAULT_TENANT

DEFAULT_RULESET: Final = "msp-core"
"""The ruleset of a tenant that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """Settings of one organisation, of which nothing is shared with another."""

    name: str = DEFAULT_TENANT
    """The name, as the claim `tenant` of a token has it."""
    memory: str = ""
    """The path of a SQLite file, or the URL of a PostgreSQL database."""
    memory_variable: str | None = None
    """The environment variable that holds `memory` in its place, and so a password in it."""
    memory_schema: str | None = None
    """The PostgreSQL schema in which the tables lie; None: that of the database's own settings."""
    ruleset: str = DEFAULT_RULESET
    """The ruleset, by name or folder."""
    overlays: tuple[Path, ...] = ()
    """The overlays over it, the lowest first."""
    mapping: Path | None = None
    """The mapping file that reads the host's own records."""
    supplies: tuple[str, ...] | None = None
    """The event types, or `type.field`, that the host can deliver; None: it does not say."""
    answers: FeedbackPolicy = DEFAULT_POLICY
    """The policy for how long answers to prompts may silence them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """A client that may call, and how its tokens are checked."""

    iss: str
    """The issuer of its tokens."""
    tenants: frozenset[str]
    """The tenants in whose name it may call."""
    jku: str | None = None
    """The URL of its public keys, the only one that is ever fetched for it."""
    keys: Path | None = None
    """The file of its public keys, where it publishes none."""
    sees_rule_health: bool = False
    """True where it may ask how workers take the questions of each rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one client, one call or one process may ask for."""

    body_bytes: int = 8_388_608
    """The largest body of a call, in bytes; a larger one is answered with 413."""
    body_seconds: int = 10
    """The seconds in which a body must have come; a slower one is answered with 408."""
    depth: int = 32
    """The most lists and objects of a body that lie in one another; more are answered with 400."""
    calls_a_second: int = 200
    """The most calls of one client in a second, in all processes; more are answered with 429."""
    waiting_calls: int = 64
    """The most calls that one process works on or keeps waiting; more are answered with 503."""
    leeway_seconds: int = 5
    """The seconds by which the clocks of client and service may differ."""
    token_seconds: int = 300
    """The longest time between a token's `iat` and its `exp`, in seconds."""
    keys_seconds: int = 600
    """The seconds after which the keys of a client are fetched again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Settings of a service: whom it serves, who may call, and within which limits."""

    tenants: tuple[TenantSettings, ...]
    """The tenants."""
    clients: tuple[ClientSettings, ...] = ()
    """The clients that may call; none: nobody is asked who they are."""
    address: str | None = None
    """The URL at which clients call, without a slash at its end, as their tokens name it."""
    origins: tuple[str, ...] = ()
    """The origins of pages in browsers that may call (CORS)."""
    open_calls: frozenset[str] = frozenset()
    """The calls that need no token besides those of health: `metrics`, `openapi`."""
    limits: Limits = Limits()
    """The limits."""
    sweep_seconds: int = 60
    """The seconds between two sweeps of what is due."""

    @property
    def is_authenticated(self) -> bool:
        """True where callers must say who they are."""
        return bool(self.clients)
