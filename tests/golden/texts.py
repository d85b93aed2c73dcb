"""What is compared of an output: its text without what may differ from machine to machine.

Left out, and why:

- the version of the program (`msp-rules 1.2.3`): a release with the same answers is no difference;
- the hashes of the ruleset and of the overlay: they are kept once, as entries of their own;
- in manifest.json `versions`: those of Python and of libraries are the machine's;
- in manifest.json hash and size of each result file: they hang on all of the above. Instead it is
  said whether they are those of the file that lies there;
- of a workbook the moments of its writing and how its parts are packed, and of Parquet how the
  table is packed and which library wrote it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pyarrow import parquet

MANIFEST: Final = "manifest.json"
CASE_FILES: Final = ("results.csv", "results.json", "results.jsonl")
"""The outputs that are told apart case by case."""
_VERSION: Final = re.compile(rb"msp-rules \d+(?:\.\w+)+")
_CLOCK: Final = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


class Texts:
    """Reads outputs as they are compared; `layers` are the hashes of rules to hide, by id."""

    def __init__(self, layers: Mapping[str, str]) -> None:
        self._layers = layers

    def of(self, path: Path) -> bytes:
        """Returns what is compared of a file."""
        if path.name == MANIFEST:
            return self.hidden(_manifest(path))
        if path.suffix == ".xlsx":
            return self.hidden(_workbook(path))
        if path.suffix == ".parquet":
            return self.hidden(_table(path))
        return self.hidden(path.read_bytes())

    def cases_of(self, path: Path) -> dict[str, bytes]:
        """Returns what is compared of each case of a file, and in `(...)` of each part beside."""
        text = self.of(path)
        if path.suffix == ".json":
            return _of_json(text)
        return _of_json_lines(text) if path.suffix == ".jsonl" else _of_csv(text)

    def lines_of(self, path: Path) -> list[str]:
        """Returns what is compared of a file as lines that a person can read."""
        text = self.of(path).decode("utf-8", "replace")
        if path.suffix == ".json":
            text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
        elif path.suffix in (".html", ".svrl", ".xml", ".xlsx"):
            text = text.replace("><", ">\n<")
        return text.splitlines()

    def hidden(self, text: bytes) -> bytes:
        """Returns a text without the version of the program and the hashes of the layers."""
        for name, digest in self._layers.items():
            text = text.replace(digest.encode(), f"(hash of {name})".encode())
        return _VERSION.sub(b"msp-rules (version)", text)


def case_lines(text: bytes) -> list[str]:
    """Returns what is compared of one case as lines that a person can read."""
    said = text.decode("utf-8", "replace")
    if said.startswith(("{", "[")):
        documents = [json.loads(line) for line in said.splitlines()]
        said = "\n".join(json.dumps(one, indent=1, ensure_ascii=False) for one in documents)
    return said.splitlines()


def _manifest(path: Path) -> bytes:
    body = json.loads(path.read_bytes())
    body["versions"] = sorted(set(body["versions"]) & {"msp-rules", "python"})
    for row in body["outputs"]:
        made = (path.parent / row["name"]).read_bytes()
        row["sha256"] = hashlib.sha256(made).hexdigest() == row["sha256"]
        row["bytes"] = len(made) == row["bytes"]
    return json.dumps(body, indent=2, ensure_ascii=False).encode()


def _workbook(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    return b"\n".join(name.encode() + b"\n" + _CLOCK.sub(b"", body) for name, body in parts)


def _table(path: Path) -> bytes:
    table = parquet.read_table(path)
    columns = [
        f"{one.name}: {one.type}{'' if one.nullable else ' not null'}" for one in table.schema
    ]
    rows = [json.dumps(row, default=str, ensure_ascii=False) for row in table.to_pylist()]
    return "\n".join((*columns, *rows)).encode()


def _of_json(text: bytes) -> dict[str, bytes]:
    body = json.loads(text)
    rows = [(f"({name})", value) for name, value in body.items() if name != "cases"]
    return _gathered([*((one["case"], one) for one in body["cases"]), *rows])


def _of_json_lines(text: bytes) -> dict[str, bytes]:
    rows = [json.loads(line) for line in text.splitlines()]
    return _gathered((one.get("case") or f"({next(iter(one))})", one) for one in rows)


def _of_csv(text: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text.decode(), newline=""))):
        name = row[0] if number else "(columns)"
        found[name] = found.get(name, b"") + ",".join(row).encode() + b"\n"
    return found


def _gathered(rows: Iterable[tuple[str, Any]]) -> dict[str, bytes]:
    """Returns the rows by name; two of one name (a case that came twice) lie in one text."""
    found: dict[str, bytes] = {}
    for name, value in rows:
        found[name] = found.get(name, b"") + json.dumps(value, ensure_ascii=False).encode() + b"\n"
    return found
