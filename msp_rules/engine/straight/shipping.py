"""Writes the code of a ruleset as a module that is compiled with the package.

`python -m msp_rules.engine.straight.shipping RULESET FILE` writes it for the folder of a ruleset,
in its latest form, into a file that takes the place of `shipped_code`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Final

from msp_rules.engine.engine import Engine
from msp_rules.engine.straight.ahead import fingerprint_of
from msp_rules.engine.straight.helpers import HELPERS
from msp_rules.engine.straight.source import FUTURE
from msp_rules.engine.straight.write import StraightCode
from msp_rules.rules.loading import load_ruleset

_TYPES: Final = {
    "attributes": "AttributesMissing",
    "clock": "Clock",
    "codes": "frozenset[str]",
    "condition": "Compiled",
    "finder": "Finder",
    "joined": "Joined",
    "limit": "DueTerm",
    "moment": "Moment",
    "record": "tuple[Missing, ...]",
    "rule_ids": "frozenset[str]",
    "running": "RunningLimit",
    "selection": "Selection",
    "soon": "EventTest",
    "way": "tuple[Missing, ...]",
    "window": "BoundTest",
}
"""The types of constants, by the stems of their names."""
_HEAD: Final = f'''\
"""Holds the code of the core ruleset, as `engine.straight.shipping` wrote it."""

{FUTURE}

from typing import Final

from msp_rules.casework.case import Event
from msp_rules.engine.bounds import BoundTest
from msp_rules.engine.compiled import Compiled, Way
from msp_rules.engine.dues import DueTerm
from msp_rules.engine.field_tests import EventTest
from msp_rules.engine.scope import Finder, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.straight.helpers import AttributesMissing, Joined, RunningFrom, RunningLimit
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.conditions import Selection
'''


def module_of(code: StraightCode, fingerprint: str) -> str:
    """Gives the text of the module that holds some code; its constants are set when it is used."""
    helpers = defaultdict[str, list[str]](list)
    for name, one in HELPERS.items():
        helpers[getattr(one, "__module__", "") or _OF_VALUES].append(name)
    return "\n".join(
        [
            _HEAD,
            *[f"from {module} import {', '.join(names)}" for module, names in helpers.items()],
            f"\nFINGERPRINT: Final = {fingerprint!r}",
            *[f"{name}: {_TYPES[name.rpartition('_')[0]]}" for name in code.constants],
            code.text.replace(FUTURE, "", 1),
        ]
    )


_OF_VALUES: Final = "msp_rules.engine.straight.helpers"
"""The module of helpers that are values: lists and pairs don't say where they come from."""


def main() -> None:
    """Writes the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ruleset", type=Path, help="the folder of a ruleset")
    parser.add_argument("file", type=Path, help="the module that is written")
    wanted = parser.parse_args()
    engine = Engine(load_ruleset(wanted.ruleset), matcher="python")
    day = max(engine.ruleset.change_days, default=0)
    code = engine.straighten(day)
    fingerprint = fingerprint_of(code.text, engine.ruleset.as_on(day))
    wanted.file.write_text(module_of(code, fingerprint), encoding="utf-8")


if __name__ == "__main__":
    main()
