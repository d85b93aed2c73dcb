"""Holds the public keys of a client, and fetches them anew where it has new ones.

Keys come from the one URL, or file, that the configuration names for the client: what a token says
of its own keys is compared with that, and never fetched.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from typing import IO, Final
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from msp_rules.service.configuration import ClientSettings

PublicKey = ECKey | RSAKey
"""A key by which a signature is checked: of the curve P-384, or RSA."""
Clock = Callable[[], float]
"""Gives seconds that never run backwards."""

_LOG: Final = logging.getLogger("msp_rules.service.keys")
_LARGEST_BYTES: Final = 262_144
_SECONDS_TO_ANSWER: Final = 5
# A token with a made-up kid must not make the service call the client's server at each call.
_SECONDS_BETWEEN_FETCHES: Final = 10
# Keys that could not be fetched again are trusted for a while: a server may be down for an hour.
_MOST_SECONDS: Final = 3600
_LEAST_RSA_BITS: Final = 2048


class ClientKeys:
    """Finds the keys of one client by their id; for many threads."""

    def __init__(
        self, client: ClientSettings, *, seconds: int, clock: Clock = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None

    def find(self, kid: str) -> PublicKey | None:
        """Finds the key of an id; None where the client has none, also after fetching anew."""
        known = self._keys.get(kid)
        if known is not None and self._age() < self._seconds:
            return known
        with self._lock:
            if (kid not in self._keys or self._age() >= self._seconds) and self._may_try():
                self._read_anew()
        return self._keys.get(kid) if self._age() < max(_MOST_SECONDS, self._seconds) else None

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    def _may_try(self) -> bool:
        tried = self._tried_at
        return tried is None or self._clock() - tried >= _SECONDS_BETWEEN_FETCHES

    def _read_anew(self) -> None:
        self._tried_at = self._clock()
        try:
            found = _keys_in(self._read())
        except (OSError, ValueError, JoseError) as error:  # URLError is an OSError
            _LOG.warning("keys_not_read error=%s", type(error).__name__)
            return
        self._keys, self._read_at = found, self._clock()

    def _read(self) -> bytes:
        if self._client.keys is not None:
            with self._client.keys.open("rb") as opened:
                return opened.read(_LARGEST_BYTES + 1)
        assert self._client.jku is not None
        # The configuration takes https alone, and http on this machine.
        request = Request(self._client.jku, headers={"Accept": "application/json"})  # noqa: S310
        with _OPENER.open(request, timeout=_SECONDS_TO_ANSWER) as answer:
            read: bytes = answer.read(_LARGEST_BYTES + 1)
            return read


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: it would lead to a URL that nobody has listed."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """Refuses to go on."""
        raise URLError("a redirect")


_OPENER: Final = build_opener(_NoRedirects)


def _keys_in(document: bytes) -> Mapping[str, PublicKey]:
    """Reads the keys of a JWK set that may sign; others are left out, whatever they are for."""
    if len(document) > _LARGEST_BYTES:
        raise ValueError("too large")
    parsed = json.loads(document)
    listed = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a set of keys")
    found: dict[str, PublicKey] = {}
    for one in listed:
        key = _key_of(one)
        if key is not None:
            found[one["kid"]] = key
    return found


def _key_of(one: object) -> PublicKey | None:
    if not isinstance(one, dict) or not isinstance(one.get("kid"), str):
        return None
    if one.get("use", "sig") != "sig" or one.get("kty") not in ("EC", "RSA"):
        return None
    try:
        key = JWKRegistry.import_key(one)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, ECKey):
        return key if key.curve_name == "P-384" else None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= _LEAST_RSA_BITS else None
    return None
