"""Writes a ruleset as one JSON document, and reads it back as long as its files are the same.

A document names every file that the ruleset was read from with its hash, and the code that read
them. It is used only while all of them are unchanged: after a change of a rule, or under another
version of this package, the files themselves are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import orjson

from msp_rules.rules.compiled.node_table import Table, TableForeign, read_table, write_table
from msp_rules.rules.language.rule import Ruleset
from msp_rules.version import __version__

SCHEMA: Final = "msp-ruleset/1"
_PARTS: Final = ("concepts", "rules")
_CITATIONS: Final = "citations.yaml"
"""The file of what a ruleset knows of its sources (`rules.citations`, not imported here)."""
_READERS: Final = ("casework", "rules", "yaml_source")
"""The packages whose code decides how a ruleset's files are read."""


def source_hashes(folder: Path, overlays: Sequence[Path] = ()) -> Mapping[str, str]:
    """Hashes every file of a ruleset and its overlays, by the layer and the name of each.

    Files that nobody reads are among them, since a ruleset with one is refused. Raises OSError
    where a file can't be read.
    """
    hashes: dict[str, str] = {}
    for name, path in _sources(folder, overlays):
        hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


def _sources(folder: Path, overlays: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Yields each file with a name that holds the part of its path that the ruleset keeps."""
    base = folder.resolve()
    yield from _files(f"0/{base.name}", base / "ruleset.yaml", base)
    if (base / _CITATIONS).is_file():
        yield f"0/{base.name}/{_CITATIONS}", base / _CITATIONS
    if not overlays:
        return
    # Its module brings the parser of YAML, which a ruleset alone is spared.
    from msp_rules.rules.layers.overlay import overlay_files  # noqa: PLC0415

    for number, overlay in enumerate(overlays, start=1):
        file, home = overlay_files(overlay)
        named = file.name if home is None else home.resolve().name
        yield from _files(f"{number}/{named}", file, home)


def _files(layer: str, main: Path, home: Path | None) -> Iterator[tuple[str, Path]]:
    yield f"{layer}/{main.name}", main
    for part in _PARTS if home is not None else ():
        for path in sorted((home / part).glob("*")) if home is not None else ():
            if path.is_file():
                yield f"{layer}/{part}/{path.name}", path


@cache
def reader_hash() -> str:
    """Hashes the code that reads rulesets, so that no document outlives a change of it."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256(__version__.encode())
    for room in _READERS:
        for path in sorted((package / room).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                digest.update(path.relative_to(package).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def ruleset_document(ruleset: Ruleset, sources: Mapping[str, str]) -> bytes:
    """Writes the document of a ruleset that was read from files with these hashes."""
    table = write_table(ruleset)
    body: dict[str, object] = {
        "made_by": _made_by(),
        "layers": [
            {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
        ],
        "sources": dict(sources),
        "classes": table.classes,
        "nodes": table.nodes,
    }
    return orjson.dumps({"schema": SCHEMA, "sha256": _hash(body), **body}) + b"\n"


def read_document(document: bytes, sources: Mapping[str, str]) -> Ruleset | None:
    """Builds the ruleset of a document.

    Gives None where the document is broken, or was made of other files than those with the hashes
    `sources`, or by other code than this.
    """
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
        return None
    named = found.pop("sha256", None)
    is_current = found.get("sources") == sources and found.get("made_by") == _made_by()
    if not is_current or named != _hash(found):
        return None
    try:
        return read_table(Ruleset, Table(found["classes"], found["nodes"]))
    except (TableForeign, LookupError, TypeError, ValueError):
        return None


def _made_by() -> Mapping[str, str]:
    return {"version": __version__, "readers": reader_hash()}


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(body)).hexdigest()
