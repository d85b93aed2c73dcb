"""Rulesets and overlays that plug-ins bring, by name."""

from __future__ import annotations

from pathlib import Path

from msp_rules.errors import MspRulesError
from msp_rules.hooks.registry import Registry


def rules_folder(registry: Registry, name: str) -> Path | None:
    """The folder of the ruleset or overlay of a name, None where no plug-in has one.

    Raises MspRulesError where two plug-ins have one; and where there is none, but a plug-in that
    may have it failed: then nobody can say that there is none.
    """
    answers = registry.ask("msp_rulesets")
    found = [(one.plugin, one.value[name]) for one in answers.given if name in one.value]
    if len(found) > 1:
        raise MspRulesError(
            f'several plug-ins have a ruleset "{name}": {", ".join(one for one, _ in found)}; '
            "name its folder instead"
        )
    if found:
        folder: Path = found[0][1]
        return folder
    faults = [*registry.faults, *answers.faults]
    if faults:
        told = "\n".join(str(fault) for fault in faults)
        raise MspRulesError(
            f'"{name}" was not found, and not every plug-in could be asked:\n{told}'
        )
    return None
