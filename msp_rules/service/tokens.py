"""Checks the token of a call, as CDS Hooks asks: who calls, for which tenant, and only once.

Why a token is refused is for the operator, in a word; the caller gets 401 and nothing else.
https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from joserfc import jws
from joserfc.errors import JoseError

from msp_rules.service.client_keys import ClientKeys
from msp_rules.service.configuration import ClientSettings, Limits

ALGORITHMS: Final = ("ES384", "RS384")
"""The only algorithms that a token may be signed with."""

_LONGEST_TOKEN: Final = 8192
_LONGEST_ID: Final = 200
_A_SECOND: Final = 1_000_000


class TokenRefused(Exception):
    """A token that does not let its caller in; `reason` is one word, for the operator."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, by a token that was checked."""

    iss: str
    """The issuer of the token: the client."""
    tenant: str
    """The tenant in whose name it calls."""


class TokenUses(Protocol):
    """Notes the tokens of a tenant's callers, in all processes."""

    def use(self, issuer: str, token: str, *, now: int, until: int) -> bool:
        """See `UsedTokens.use`."""


class TokenChecker:
    """Checks tokens by the keys of the clients that are listed; for many threads.

    `uses` gives the place where the tokens of a tenant are noted.
    """

    def __init__(
        self,
        clients: Iterable[ClientSettings],
        limits: Limits,
        uses: Callable[[str], TokenUses | None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clients = {one.iss: one for one in clients}
        self._keys = {
            one.iss: ClientKeys(one, seconds=limits.keys_seconds) for one in self._clients.values()
        }
        self._limits = limits
        self._uses = uses
        self._clock = clock

    def check(self, token: str, called: str) -> Caller:
        """Says who calls; raises TokenRefused where the token does not let anybody in.

        `called` is the URL that was called, as the client knows it. Raises MemoryUnavailable where
        it could not be noted that the token was used.
        """
        header, claims = _parts(token)
        client = self._clients.get(_text(claims, "iss"))
        if client is None:
            raise TokenRefused("issuer")
        self._check_signature(token, header, client)
        until = self._check_times(claims)
        audience = claims.get("aud")
        if called not in (audience if isinstance(audience, list) else [audience]):
            raise TokenRefused("audience")
        tenant = _text(claims, "tenant")
        uses = self._uses(tenant) if tenant in client.tenants else None
        if uses is None:
            raise TokenRefused("tenant")
        now = int(self._clock() * _A_SECOND)
        if not uses.use(client.iss, _text(claims, "jti"), now=now, until=until):
            raise TokenRefused("replayed")
        return Caller(iss=client.iss, tenant=tenant)

    def _check_signature(
        self, token: str, header: Mapping[str, object], client: ClientSettings
    ) -> None:
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused("algorithm")
        if "jku" in header and header["jku"] != client.jku:
            raise TokenRefused("jku")
        kid = header.get("kid")
        key = self._keys[client.iss].find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefused("key")
        try:
            jws.deserialize_compact(token, key, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError):
            raise TokenRefused("signature") from None

    def _check_times(self, claims: Mapping[str, object]) -> int:
        """Checks when the token counts; gives the instant from which on it never does."""
        issued, expires = _seconds(claims, "iat"), _seconds(claims, "exp")
        now, leeway = self._clock(), self._limits.leeway_seconds
        if expires + leeway <= now:
            raise TokenRefused("expired")
        if issued - leeway > now or ("nbf" in claims and _seconds(claims, "nbf") - leeway > now):
            raise TokenRefused("early")
        if not issued <= expires <= issued + self._limits.token_seconds:
            raise TokenRefused("lifetime")
        return math.ceil((expires + leeway) * _A_SECOND) + _A_SECOND


def _parts(token: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Reads header and claims of a token, of which nothing is trusted yet."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise TokenRefused("form")
    try:
        signed = jws.extract_compact(token.encode())
        header, claims = signed.headers(), json.loads(signed.payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise TokenRefused("form") from None
    if not isinstance(claims, dict):
        raise TokenRefused("form")
    return header, claims


def _text(claims: Mapping[str, object], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_ID or not found.isprintable():
        raise TokenRefused(name)
    return found


def _seconds(claims: Mapping[str, object], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 1e11:
        raise TokenRefused(name)
    return float(found)
