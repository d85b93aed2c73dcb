"""The matchers that this Python can have: durable_rules can't be imported from Python 3.13 on."""

from __future__ import annotations

import sys
from typing import Final

import pytest

HAS_DURABLE: Final = sys.version_info < (3, 13)
MATCHERS: Final = ("python", "durable") if HAS_DURABLE else ("python",)
needs_durable = pytest.mark.skipif(
    not HAS_DURABLE, reason="durable_rules is not to be had for this Python"
)
