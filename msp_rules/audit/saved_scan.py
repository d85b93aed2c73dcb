"""What a scan has counted so far, as bytes that a later run can go on from.

They are read back without trust: a file that somebody else wrote can bring forth nothing but the
plain values of this package.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from msp_rules.audit.coverage import Coverage
from msp_rules.audit.scan import Position, Scan
from msp_rules.audit.tally import Tally
from msp_rules.errors import InputUnreadable
from msp_rules.intake.exports import InputFile

_PLAIN: Final = frozenset(
    {("collections", "Counter"), ("builtins", "frozenset"), ("builtins", "set")}
)


LAYOUT: Final = tuple(
    (kind.__name__, tuple(field.name for field in fields(kind))) for kind in (Tally, Coverage)
)
"""What is counted, part by part in their order: bytes are read back by place, so that those of a
program that counts something else are not to be gone on with."""


class SavedScan(NamedTuple):
    """The part of a scan that changes as it goes, at rest."""

    tally: Tally
    inputs: list[InputFile]
    unreadable: list[InputUnreadable]
    position: Position
    whole_cases: list[int]
    first_fault: int


def saved(scan: Scan) -> SavedScan:
    """What a scan has counted; it must be at rest."""
    return SavedScan(
        tally=scan.tally,
        inputs=scan.inputs,
        unreadable=scan.unreadable,
        position=scan.position,
        whole_cases=scan.whole_cases,
        first_fault=scan.first_fault,
    )


def restore(scan: Scan, found: SavedScan) -> None:
    """Lets a scan that has not begun go on where another one was."""
    scan.tally, scan.inputs, scan.unreadable = found.tally, found.inputs, found.unreadable
    scan.position, scan.whole_cases = found.position, found.whole_cases
    scan.first_fault = found.first_fault


def as_bytes(value: object) -> bytes:
    """A value of plain parts and of data classes of this package, as bytes."""
    return pickle.dumps(value, protocol=5)


def from_bytes(data: bytes) -> Any:
    """The value again; raises ValueError where the bytes hold anything else, or are broken."""
    try:
        return _PlainValues(io.BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - broken pickles raise anything
        raise ValueError("the bytes hold no saved scan") from None


class _PlainValues(pickle.Unpickler):
    """Makes values only: no function is called but the making of a record of this package."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if not module.startswith("msp_rules."):
            raise pickle.UnpicklingError("not a plain value")
        found = super().find_class(module, name)
        if not isinstance(found, type) or not _is_record(found):
            raise pickle.UnpicklingError("not a plain value")
        return found


def _is_record(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, tuple | Enum | InputUnreadable)
