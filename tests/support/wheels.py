"""The wheel of this checkout, built once in a test run; or one that was built before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.support.command_line import ROOT
from tests.support.shared import made_once

NAMED: Final = "MSP_RULES_WHEEL"
"""Names a wheel to test in place of one that the run builds (`make wheels`)."""


def wheel_of_run() -> Path:
    """Gives the wheel that is named, or that the first who asked built."""
    named = os.environ.get(NAMED)
    return Path(named) if named else Path(made_once("wheel", _build))


def _build(folder: Path) -> str:
    from hatchling.builders.wheel import WheelBuilder

    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return str(built)
