"""Finds the rulesets that ship with this package, without reading any of them."""

from __future__ import annotations

from pathlib import Path

from msp_rules.errors import Problem, RulesetInvalid, SourceLocation, did_you_mean


def shipped_homes() -> tuple[Path, Path]:
    """Gives the folders of shipped rulesets: inside a wheel, and at the root of a checkout."""
    package = Path(__file__).resolve().parent.parent
    return package / "rulesets", package.parent / "rulesets"


def shipped_ruleset(name: str) -> Path:
    """Finds the folder of a shipped ruleset; raises RulesetInvalid for a name that is not one."""
    for home in shipped_homes():
        if (home / name / "ruleset.yaml").is_file():
            return home / name
    known = {p.parent.name for home in shipped_homes() for p in home.glob("*/ruleset.yaml")}
    hint = did_you_mean(name, known) or f"; shipped are {', '.join(sorted(known))}"
    message = f"there is no such ruleset or folder{hint}"
    where = SourceLocation(path=name)
    raise RulesetInvalid([Problem(where=where, code="unknown", message=message)])
