"""Holds the code of the core ruleset in a package that was compiled ahead; nothing in a checkout.

`engine.straight.shipping` writes this module anew where the package is compiled (`make compiled`).
"""

from __future__ import annotations

from typing import Final

FINGERPRINT: Final = ""
"""The fingerprint of what the code was written from; empty where there is none."""
