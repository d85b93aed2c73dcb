"""A Chromium of the system, for tests that open a page in it."""

from __future__ import annotations

import os
import shutil
from typing import Final

VARIABLE: Final = "MSP_RULES_BROWSER"
"""Names a Chromium that is not found by one of the usual names."""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str | None:
    """Where a Chromium is, or None."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, _NAMES) if path), None)
