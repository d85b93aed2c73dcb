"""Names the exit codes of the command line."""

from __future__ import annotations

from typing import Final

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""A wrong command line: EX_USAGE of sysexits.h."""
