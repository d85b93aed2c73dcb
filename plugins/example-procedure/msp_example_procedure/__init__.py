"""The procedure of an invented safeguarding board, as an overlay of msp-core in a package.

`--overlay example-procedure` finds it by name, wherever it is installed.
"""

from __future__ import annotations

from pathlib import Path

from msp_rules.hooks import hookimpl

_HOME = Path(__file__).parent


@hookimpl
def msp_rulesets() -> dict[str, Path]:
    """The folders of this package that hold rules."""
    return {"example-procedure": _HOME / "example-procedure"}
