"""A new release of the small ruleset, and overlays over it, for tests of upgrades."""

from __future__ import annotations

import shutil
from pathlib import Path

from msp_rules.authoring.upgrade.upgrade import Choice, Upgrade, upgrade
from msp_rules.rules.layers.layers import Stack
from tests.builders.small_layers import WHY

Edits = tuple[tuple[str, str, str], ...]
"""A file of the ruleset, a text in it, and what stands there in the new release."""

COMMENTED = f"""\
# What the board wants.
changes:
  # A shorter time.
  - rule: PL-01
    parameters:
      within:            # in working days
        - {{from: 2026-01-01, value: 2, basis: local, source: "board"}}
    {WHY.replace(", approved_by", chr(10) + "    approved_by")}
  # And heavier.
  - rule: FL-01
    severity: statutory
    {WHY.replace(", approved_by", chr(10) + "    approved_by")}

# Until the new system is there.
waivers:
  - name: new system
    rules: [PL-01, OF-01]
    expires: 2027-01-01
    {WHY.replace(", approved_by", chr(10) + "    approved_by")}
"""


def release(base: Path, folder: Path, *edits: tuple[str, str, str], version: str = "1.1.0") -> Path:
    """A copy of the ruleset with some texts replaced; each must be there."""
    target = folder / base.name
    shutil.copytree(base, target)
    for file, old, new in (("ruleset.yaml", '"1.0.0"', f'"{version}"'), *edits):
        path = target / file
        text = path.read_text()
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, 1))
    return target


def previewed(overlay: Path, base: Path, target: Path, **decisions: str) -> Upgrade:
    """The preview, with decisions as `PL_01__within="keep"`."""
    chosen = {
        key.replace("__", ".").replace("_01", "-01"): Choice(value)
        for key, value in decisions.items()
    }
    return upgrade(overlay, Stack(base), Stack(target), chosen)
