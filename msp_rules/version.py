"""States the version of this package, for those rooms that write it down."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
