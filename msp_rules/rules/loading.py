"""Loads the ruleset that is in force, from its compiled form if that is up to date.

The readers of rule files, and the parser under them, are imported only where files must be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msp_rules.rules.compiled.document import ruleset_document, source_hashes
from msp_rules.rules.compiled.keeping import find_compiled, keep_compiled
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.shipped import shipped_homes


def load_ruleset(ruleset: str | Path, overlays: Sequence[str | Path] = ()) -> Ruleset:
    """Loads a ruleset with overlays over it, the lowest first, each by its path or by name.

    Names are those of shipped rulesets and of what installed plug-ins bring. Raises RulesetInvalid
    with all mistakes of all layers.
    """
    return load_stack(*_stack(str(ruleset), tuple(Path(one) for one in overlays)))


def load_stack(folder: Path, overlays: Sequence[Path] = ()) -> Ruleset:
    """Loads the ruleset of a folder with overlays, as `load_ruleset`."""
    sources = _hashes(folder, overlays)
    if sources is None:
        return _read(folder, overlays)  # it says which file, and why
    found = find_compiled(folder, overlays, sources)
    if found is not None:
        return found
    ruleset = _read(folder, overlays)
    # A file that was changed while it was read must not be answered from what it was before.
    if _hashes(folder, overlays) == sources:
        keep_compiled(folder, overlays, ruleset_document(ruleset, sources))
    return ruleset


def _hashes(folder: Path, overlays: Sequence[Path]) -> Mapping[str, str] | None:
    """Hashes the files of a ruleset and its overlays; gives None where one can't be read."""
    try:
        return source_hashes(folder, overlays)
    except OSError:
        return None


def _read(folder: Path, overlays: Sequence[Path]) -> Ruleset:
    from msp_rules.rules.layers.layers import load_layers  # noqa: PLC0415 - see above

    return load_layers(folder, overlays).ruleset


def _stack(name: str, overlays: tuple[Path, ...]) -> tuple[Path, tuple[Path, ...]]:
    """Finds the folder of a ruleset and its overlays, by path or by name."""
    homes = (home / name for home in shipped_homes())
    if all(path.exists() for path in overlays):
        for folder in (Path(name),) if Path(name).exists() else homes:
            if (folder / "ruleset.yaml").is_file() and not (folder / "overlay.yaml").is_file():
                return folder, overlays
    from msp_rules.rules.layers.finding import stack  # noqa: PLC0415 - asks plug-ins, too

    return stack(name, overlays)
