"""Finds releases of a ruleset near an overlay: the one that it was written for, and a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msp_rules.errors import MspRulesError
from msp_rules.rules.folder import known_rulesets
from msp_rules.rules.layers.overlay import overlay_files, read_pin


def release_of_version(overlay: Path, version: str) -> Path:
    """Finds the folder of a version of what an overlay extends; raises MspRulesError without it."""
    name = read_pin(overlay).id
    known = list(known_rulesets(name, _homes(overlay)))
    folder = next((one.folder for one in known if one.version == version), None)
    if folder is None:
        have = ", ".join(sorted({one.version for one in known})) or "none"
        raise MspRulesError(
            f"{name} {version} is not here (here: {have}); name its folder with --to"
        )
    return folder


def release_pinned_by(overlay: Path, homes: Sequence[Path] = ()) -> Path:
    """Finds the folder of the release that an overlay was written for, by the hash that it pins.

    It is looked for among the shipped rulesets, beside the overlay and in `homes`; raises
    MspRulesError where it is not there.
    """
    name, version, sha256 = read_pin(overlay)
    known = known_rulesets(name, (*_homes(overlay), *homes))
    found = next((one for one in known if one.sha256 == sha256), None)
    if found is None:
        raise MspRulesError(
            f"{overlay.name} was written for {name} {version} (sha256 {sha256[:12]}...), which is "
            "not here. Without it nobody can tell what the new release has changed: name its "
            "folder with --from"
        )
    return found.folder


def _homes(overlay: Path) -> tuple[Path, ...]:
    """Gives where a release may lie beside an overlay: in its own folder, and beside that."""
    _, folder = overlay_files(overlay)
    own = folder if folder is not None else overlay.resolve().parent
    return own, own.resolve().parent
