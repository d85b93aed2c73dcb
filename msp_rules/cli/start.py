"""Starts the command line, or says in one sentence what it lacks: the package alone has none."""

from __future__ import annotations

import sys

from msp_rules.extras import EXTRAS, install, lacking


def main() -> None:
    """Runs the command of this process; exits with 5 where its libraries are not installed."""
    without = lacking(EXTRAS["cli"])
    if without:
        libraries = ", ".join(without)
        sys.stderr.write(
            f"the command msp-rules needs libraries that are not installed ({libraries}): "
            f"{install('cli')}\n"
        )
        sys.exit(5)  # as for any other reason that lies in the installation (docs: exit codes)
    from msp_rules.cli.main import main as run  # noqa: PLC0415 - it needs them

    sys.unraisablehook = _tell_unless_refused
    run()


def _tell_unless_refused(found: sys.UnraisableHookArgs) -> None:
    """Keeps a library that can't close its file from showing a trace.

    On a full disk that fails once more, after one sentence has said it.
    """
    is_refused = isinstance(found.exc_value, OSError) or found.exc_type.__module__ == "lxml.etree"
    if not is_refused:
        sys.__unraisablehook__(found)
