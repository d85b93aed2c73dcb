"""Clients of the service in tests: their keys, a server that publishes those, and tokens."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISS = "https://ehr.example.org"


@cache
def key_named(kid: str) -> ECKey | RSAKey:
    """A key of its own for each id; one that begins with "rsa" is of RSA."""
    if kid.startswith("rsa"):
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
    return ECKey.generate_key("P-384", {"kid": kid, "use": "sig"})


def key_set(*kids: str) -> dict[str, Any]:
    """The public keys of these ids, as a client publishes them."""
    return {"keys": [key_named(kid).as_dict(private=False) for kid in kids]}


def key_file(folder: Path, *kids: str) -> Path:
    """A file of public keys."""
    path = folder / f"{'-'.join(kids)}.json"
    path.write_text(json.dumps(key_set(*kids)))
    return path


def claims_for(called: str, tenant: str = "anytown", **others: Any) -> dict[str, Any]:
    """The claims of a sound token for a call, changed by `others`; None leaves one out."""
    now = int(time.time())
    claims = {
        "iss": ISS,
        "aud": called,
        "exp": now + 60,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "tenant": tenant,
        **others,
    }
    return {name: value for name, value in claims.items() if value is not None}


def token(claims: dict[str, Any], *, kid: str = "ec", **header: Any) -> str:
    """Signs claims with the key of an id."""
    algorithm = "RS384" if kid.startswith("rsa") else "ES384"
    head = {"alg": algorithm, "kid": kid, "typ": "JWT", **header}
    return jwt.encode(
        {name: value for name, value in head.items() if value is not None},
        claims,
        key_named(kid),
        algorithms=[algorithm],
    )


class KeyServer:
    """What a client publishes: a set of keys that can change, and how often it was fetched."""

    def __init__(self) -> None:
        self.answer = b""
        self.status = 200
        self.fetched = 0

    def publish(self, *kids: str) -> None:
        """Publishes the keys of these ids, and no others."""
        self.answer = json.dumps(key_set(*kids)).encode()


@contextmanager
def published() -> Iterator[tuple[str, KeyServer]]:
    """A server on this machine that publishes keys, and its URL."""
    what = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what.fetched += 1
            self.send_response(what.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(what.answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/keys.json", what
        finally:
            server.shutdown()
            thread.join()
