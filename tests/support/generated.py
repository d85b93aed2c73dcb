"""The files that are generated, made once in each test process: it takes two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msp_rules.authoring.generate.files import generated_files


def generated_page(path: str) -> str:
    """Gives a page as it would be generated now."""
    return _generated()[path].decode()


@cache
def _generated() -> Mapping[str, bytes]:
    return generated_files()
