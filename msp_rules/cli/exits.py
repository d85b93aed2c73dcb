"""The exit codes of the command line (contract, section 5)."""

from __future__ import annotations

from typing import Final

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""The contract has no code for a wrong command line; 64 is that of sysexits.h (EX_USAGE)."""
