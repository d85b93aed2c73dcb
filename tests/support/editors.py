"""Reads YAML as editors with a JSON Schema read it: dates are texts there, as in YAML 1.2."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML


def as_an_editor_reads(text: str) -> Any:
    """Gives the document of a YAML text, its dates as texts and all its keys too."""
    return _dates_as_text(YAML(typ="safe", pure=True).load(text))


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _dates_as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
