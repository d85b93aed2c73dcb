"""Keyed pseudonyms: the same case has the same one in every run with the same key.

HMAC-SHA-256 over the kind and the id, cut to so many bits (RFC 2104, section 5). Without the key, a
pseudonym can't be computed from a guessed id, and nothing leads back from it; with the key and the
export, `msp-rules identify` finds the case again.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from msp_rules.errors import MspRulesError

_FORM: Final = "msp-rules pseudonym key 1"
_FIRST_LINE: Final = f"{_FORM} (keep it: it can tell which case is meant)"
_KEY_BYTES: Final = 32
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
"""Base32 (RFC 4648) two letters at a time: `base64` takes longer for it than HMAC for its part."""
CASE_LETTERS: Final = 16
"""80 bits: of a million cases, two share a pseudonym with a chance of 1 in 2.4 million."""
OTHER_LETTERS: Final = 10
"""50 bits, of events within one case, teams and files: of 1,000, 1 in 2.2 billion."""


class Pseudonyms:
    """Gives the pseudonyms of one key. Its repr does not hold the key, and it can be pickled.

    `shown_teams` are names of teams that stand as they are: places of work that name nobody.
    """

    __slots__ = ("_secret", "key_id", "shown_teams")

    def __init__(self, secret: bytes, shown_teams: frozenset[str] = frozenset()) -> None:
        self._secret = secret
        self.shown_teams = shown_teams
        self.key_id = self._of("k", OTHER_LETTERS)

    def case(self, case_id: str) -> str:
        """The pseudonym of a case: `c-` and 16 letters."""
        return self._of("c", CASE_LETTERS, case_id)

    def event(self, case_id: str, event_id: str) -> str:
        """The pseudonym of an event: `e-` and 10 letters; the same id in two cases has two."""
        return self._of("e", OTHER_LETTERS, case_id, event_id)

    def team(self, name: str) -> str:
        """The pseudonym of a team, or its name where that may be shown."""
        return name if name in self.shown_teams else self._of("t", OTHER_LETTERS, name)

    def file(self, name: str) -> str:
        """The pseudonym of an input by its file name, which may itself name a person or a case."""
        return self._of("f", OTHER_LETTERS, name)

    def _of(self, kind: str, letters: int, *parts: str) -> str:
        # Lengths, so that no two different rows of parts are the same message.
        message = "".join([f"{len(part)}:{part}" for part in (kind, *parts)]).encode()
        number = int.from_bytes(hmac.digest(self._secret, message, "sha256")[:10])
        shifts = range(70, 70 - 5 * letters, -10)
        return f"{kind}-{''.join([_PAIRS[number >> shift & 1023] for shift in shifts])}"


def new_key_file(path: Path) -> None:
    """Writes a fresh key, readable by this user only; raises MspRulesError, also where one is."""
    secret = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")
    write_secret(path, f"{_FIRST_LINE}\n{secret}\n".encode("ascii"))


def write_secret(path: Path, content: bytes) -> None:
    """Writes a new file that only this user can read; never over another one.

    Raises MspRulesError where there is one already, or it can't be written.
    """
    # Whole before it has its name: whoever finds a key at the same moment reads all of it.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as to:
            to.write(content)
        try:
            os.link(unfinished, path)
        finally:
            unfinished.unlink()
    except FileExistsError:
        message = f"{path.name} is there already; a key is never written over"
        raise MspRulesError(message) from None
    except OSError as error:
        raise MspRulesError(f"{path.name} can't be written: {error.strerror}") from None


def read_key_file(path: Path, shown_teams: frozenset[str] = frozenset()) -> Pseudonyms:
    """The pseudonyms of the key in a file; raises MspRulesError where there is none."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise MspRulesError(f"{path.name} can't be read: {error.strerror}") from None
    try:
        secret = base64.b64decode(lines[1].strip(), validate=True) if len(lines) > 1 else b""
    except ValueError:
        secret = b""
    if not lines[0].startswith(_FORM.encode("ascii")) or len(secret) != _KEY_BYTES:
        message = 'this is no pseudonym key; "msp-rules key pseudonym FILE" makes one'
        raise MspRulesError(f"{path.name}: {message}")
    return Pseudonyms(secret, shown_teams)


def key_for_one_run(shown_teams: frozenset[str] = frozenset()) -> Pseudonyms:
    """Pseudonyms of a key that is nowhere kept: nobody can follow them or lead them back."""
    return Pseudonyms(secrets.token_bytes(_KEY_BYTES), shown_teams)


def is_open_to_others(path: Path) -> bool:
    """Whether other users of this machine can read a file (on Windows: not known, no)."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)
