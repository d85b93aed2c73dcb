"""Writes made-up canonical exports of any size, the same ones for the same seed.

A case depends on the seed, its number and the profile only: case 17 is the same in an export of
twenty cases and in one of a million. Nothing in an export is a fault of its form; what a profile
varies is the practice that the records show.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Final

from benchmarks.record import PERIOD, PROFILES, REFERENCE_DATE
from benchmarks.stories import case_xml

_BUFFER: Final = 1 << 20


def write_export(target: Path | BinaryIO, *, cases: int, seed: int, profile: str = "mixed") -> int:
    """Writes an export of so many cases and gives its size in bytes.

    `profile` is `mixed`, `exemplary` (practice is all that rules expect) or `noisy` (many gaps).
    Memory does not grow with the number of cases.
    """
    with target.open("wb") if isinstance(target, Path) else nullcontext(target) as stream:
        size = 0
        for part in _buffered(_parts(cases, seed, profile)):
            size += stream.write(part)
        return size


def _parts(cases: int, seed: int, profile: str) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<case_export xmlns="urn:msp-rules:case-export:1" version="1">\n'
        "  <header>\n"
        "    <organisation>E10000000</organisation>\n"
        '    <system name="Made-up Case System" version="1.0"/>\n'
        f"    <reference_date>{REFERENCE_DATE}</reference_date>\n"
        f'    <period from="{PERIOD[0]}" to="{PERIOD[1]}"/>\n'
        f"    <cases>{cases}</cases>\n"
        "  </header>\n"
    )
    chosen = PROFILES[profile]
    for number in range(1, cases + 1):
        yield case_xml(number, seed, chosen)
    yield "</case_export>\n"


def _buffered(parts: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BUFFER:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export_generator")
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="mixed")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    size = write_export(
        options.out, cases=options.cases, seed=options.seed, profile=options.profile
    )
    sys.stderr.write(f"{options.out.name}: {options.cases} cases, {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
