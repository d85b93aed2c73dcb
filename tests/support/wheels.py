"""The wheel of this checkout, built once in a test run."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import ROOT
from tests.support.shared import made_once


def wheel_of_run() -> Path:
    """Gives the wheel that the first who asked built."""
    return Path(made_once("wheel", _build))


def _build(folder: Path) -> str:
    from hatchling.builders.wheel import WheelBuilder

    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return str(built)
