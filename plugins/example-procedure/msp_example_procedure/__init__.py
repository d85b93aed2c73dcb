"""Brings rules in a package: the procedure of an invented board, and a town's overlay of it.

`--ruleset example-procedure` and `--overlay example-town` find them by name, once it is installed.
"""

from __future__ import annotations

from pathlib import Path

from msp_rules.hooks import hookimpl

_HOME = Path(__file__).parent


@hookimpl
def msp_rulesets() -> dict[str, Path]:
    """Names the folders of this package that hold rules."""
    return {name: _HOME / name for name in ("example-procedure", "example-town")}
