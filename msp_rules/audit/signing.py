"""Signs files with Ed25519 (RFC 8032), and checks that the holder of a key has vouched for one.

What is signed are the bytes of the file and nothing else, so that other tools can check it too.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, cast

from msp_rules.audit.pseudonyms import write_secret
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation, why_unreadable
from msp_rules.extras import library_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

PRIVATE_NAME: Final = "signing.key"
PUBLIC_NAME: Final = "signing.pub"
SUFFIX: Final = ".sig"
_FIRST_LINE: Final = "msp-rules signature 1"
_SIGNATURE: Final = re.compile(
    rf"{_FIRST_LINE}\nalgorithm: Ed25519\nkey: (sha256:[0-9a-f]{{64}})\n"
    r"signature: ([A-Za-z0-9+/]{86}==)\n?"
)


def new_pair(folder: Path) -> str:
    """Writes a private and a public key as PEM; gives the fingerprint of the public one.

    Raises MspRulesError where one of them is there already, or the library is missing.
    """
    serialization, ed25519 = _library()
    private: Ed25519PrivateKey = ed25519.Ed25519PrivateKey.generate()
    if (folder / PUBLIC_NAME).exists():
        raise MspRulesError(f"{PUBLIC_NAME} already exists; a key is never overwritten")
    encoding = serialization.Encoding.PEM
    secret: bytes = private.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(folder / PRIVATE_NAME, secret)
    public = private.public_key()
    text = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / PUBLIC_NAME).write_bytes(text)
    return _fingerprint(public)


def signature_of(content: bytes, private_key: Path) -> bytes:
    """Makes the text of a signature file; raises MspRulesError where the key file holds no key."""
    serialization, ed25519 = _library()
    try:
        key = serialization.load_pem_private_key(_read(private_key), password=None)
    except (ValueError, TypeError):  # an encrypted one is a TypeError
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        message = 'not a private Ed25519 key; "msp-rules key signing FOLDER" makes one'
        raise MspRulesError(f"{private_key.name}: {message}")
    signed = base64.b64encode(key.sign(content)).decode("ascii")
    lines = (_FIRST_LINE, "algorithm: Ed25519", f"key: {_fingerprint(key.public_key())}")
    return "\n".join((*lines, f"signature: {signed}", "")).encode("ascii")


def problem_of(content: bytes, signature: Path, public_key: Path) -> str | None:
    """Says what is wrong with the signature of some bytes; None where it is good.

    Raises MspRulesError where the key file holds no public key, InputUnreadable where the signature
    file holds no signature.
    """
    _, ed25519 = _library()
    key = _public_key(public_key)
    assert isinstance(key, ed25519.Ed25519PublicKey)
    found = _SIGNATURE.fullmatch(_read(signature).decode("ascii", "replace"))
    if found is None:
        where = SourceLocation(path=signature.name)
        raise InputUnreadable("not a signature by msp-rules", where)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    if found[1] != _fingerprint(key):
        return f"signed with another key ({found[1]}) than the one given ({_fingerprint(key)})"
    try:
        key.verify(base64.b64decode(found[2]), content)
    except InvalidSignature:
        return "the signature does not match: the manifest is not the one that was signed"
    return None


def fingerprint_of(public_key: Path) -> str:
    """Hashes a public key (SHA-256 over its SubjectPublicKeyInfo, DER); raises MspRulesError."""
    return _fingerprint(_public_key(public_key))


def _public_key(path: Path) -> Ed25519PublicKey:
    serialization, ed25519 = _library()
    try:
        key = serialization.load_pem_public_key(_read(path))
    except ValueError:
        key = None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise MspRulesError(f"{path.name}: not a public Ed25519 key ({PUBLIC_NAME})")
    return cast("Ed25519PublicKey", key)


def _fingerprint(key: Ed25519PublicKey) -> str:
    serialization, _ = _library()
    der: bytes = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _library() -> tuple[ModuleType, ModuleType]:
    with library_of("signing", "signing"):
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    return serialization, ed25519


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        where = SourceLocation(path=path.name)
        raise InputUnreadable(why_unreadable(error), where) from None
