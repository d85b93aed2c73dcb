"""Makes what the net scans: the same bytes on every machine, from seeds and kept examples alone."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.export_generator import write_export
from tests.golden.spoiling import spoiled
from tests.support.vendor_tables import write_workbook

ROOT: Final = Path(__file__).parents[2]
SPOILED_CASES: Final = 2000
_EXAMPLES: Final = ROOT / "docs/examples/mapping"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CLOCK: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=</dcterms)")
_KEY: Final = "msp-rules pseudonym key 1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
"""A key that everybody knows: only made-up cases are hidden by it."""

Maker = Callable[[Path, Path], None]
"""Makes one input at a path, for the code that lies in a tree."""


def make_input(name: str, folder: Path, tree: Path) -> Path:
    """Returns the input of a name in a folder, made there if it is not yet."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](path, tree)
    return path


def digest_of(path: Path) -> str:
    """Returns the digest of an input: of a file, or of the names and files of a folder."""
    found = hashlib.sha256()
    for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if one.is_file():
            found.update(one.relative_to(path.parent).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(one.read_bytes()).digest())
    return found.hexdigest()


def _generated(cases: int, seed: int) -> Maker:
    def make(path: Path, _tree: Path) -> None:
        write_export(path, cases=cases, seed=seed)

    return make


def _spoiled_export(path: Path, _tree: Path) -> None:
    whole = io.BytesIO()
    write_export(whole, cases=SPOILED_CASES, seed=1)
    path.write_text(spoiled(whole.getvalue().decode()), "utf-8")


def _example(path: Path, _tree: Path) -> None:
    source = _EXAMPLES / path.name
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, path)


def _workbook(path: Path, _tree: Path) -> None:
    """Makes the rows of the CSV example a workbook that holds no moment of its making."""
    whole = io.BytesIO()
    write_workbook(_EXAMPLES / "rows-csv", whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            body = _CLOCK.sub(b"1980-01-01T00:00:00Z", source.read(name))
            target.writestr(zipfile.ZipInfo(name, _EPOCH), body)


def _unreadable(path: Path, _tree: Path) -> None:
    """Makes a folder of exports of which some can be read, some in part and some not at all."""
    path.mkdir()
    write_export(path / "a.xml", cases=6, seed=3, profile="noisy")
    body = (path / "a.xml").read_bytes()
    (path / "b-cut-off.xml").write_bytes(body.replace(b'id="SA-', b'id="SB-')[: len(body) // 2])
    (path / "c-other.xml").write_text("<other/>")
    (path / "d-with-entity.xml").write_bytes(
        body.replace(b"<case_export", b'<!DOCTYPE x [<!ENTITY e "e">]><case_export', 1)
    )
    (path / "e-empty.xml").write_bytes(b"")
    with zipfile.ZipFile(path / "f-packed.zip", "w") as archive:
        for name, letter in (("one.xml", b"C"), ("two.xml", b"A")):
            packed = body.replace(b'id="SA-', b'id="S' + letter + b"-")
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), packed)


def _demo(path: Path, _tree: Path) -> None:
    shutil.copytree(ROOT / "rulesets/msp-core/cases", path)


def _council(path: Path, tree: Path) -> None:
    """Copies the overlay of the tree: it is pinned to the ruleset that lies there."""
    shutil.copytree(tree / "rulesets/example-council", path)


def _key(path: Path, _tree: Path) -> None:
    path.write_text(_KEY, "ascii")
    path.chmod(0o600)


MAKERS: Final[Mapping[str, Maker]] = {
    "spoiled-2000.xml": _spoiled_export,
    "cases-200.xml": _generated(200, 2),
    "demo": _demo,
    "forms.xml": _example,
    "forms.yaml": _example,
    "rows.xml": _example,
    "rows.yaml": _example,
    "rows-csv": _example,
    "rows-csv.yaml": _example,
    "rows.xlsx": _workbook,
    "rows-xlsx.yaml": _example,
    "unreadable": _unreadable,
    "example-council": _council,
    "known.key": _key,
}
"""What makes each input."""
PINNED: Final = frozenset({"example-council"})
"""Inputs that change with the ruleset; what changes in them is told by the layers' own hashes."""
