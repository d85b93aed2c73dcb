"""A ruleset and overlays over it, by where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from msp_rules.rules.layers import Layered, load_layers


class Stack(NamedTuple):
    """A ruleset's folder, and overlays over it, lowest first."""

    folder: Path
    overlays: tuple[Path, ...] = ()

    def load(self) -> Layered:
        """What is in force; raises RulesetInvalid with all mistakes."""
        return load_layers(self.folder, self.overlays)
