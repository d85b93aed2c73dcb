"""Rulesets that lie where they can be looked for: shipped ones, and those in named folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from msp_rules.rules.loader import ruleset_hash, shipped_homes
from msp_rules.rules.yaml_source import Problems, Text, read_yaml


class KnownRuleset(NamedTuple):
    """A ruleset's folder, and what its main file says it is."""

    folder: Path
    id: str
    version: str

    @property
    def sha256(self) -> str:
        """The hash of its files."""
        return ruleset_hash(self.folder)


def known_rulesets(ruleset: str, homes: Iterable[Path]) -> Iterator[KnownRuleset]:
    """Every copy of a ruleset among those shipped and in the folders of `homes`, each once."""
    seen = set[Path]()
    for home in (*homes, *shipped_homes()):
        for file in sorted(home.glob("*/ruleset.yaml")):
            folder = file.resolve().parent
            if folder in seen:
                continue
            seen.add(folder)
            block = read_yaml(file, f"{folder.name}/ruleset.yaml", Problems())
            entries = block.entries if block is not None else {}
            name, version = entries.get("ruleset"), entries.get("version")
            if isinstance(name, Text) and isinstance(version, Text) and name.value == ruleset:
                yield KnownRuleset(folder, name.value, version.value)
