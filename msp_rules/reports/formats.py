"""The files of results that a scan can write, by the names of their formats.

A file of results that may leave the house: any of the others, with pseudonyms in it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from typing import BinaryIO, Final, cast

from msp_rules.audit.checkpoint import RunFolder
from msp_rules.audit.pseudonyms import Pseudonyms, SharedCases, pseudonymised_result
from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import Document
from msp_rules.audit.scan import CaseResult
from msp_rules.engine.engine import Engine
from msp_rules.reports import svrl_and_junit
from msp_rules.reports.json_and_csv import CsvDocument, JsonDocument

MADE_TO_SHARE: Final = frozenset({"html", "xlsx", "svrl", "junit"})
"""Formats that people pass on, or that tools keep where many can read them."""


class SharedDocument:
    """Another document that gets every case, and the scan at the end, with pseudonyms only."""

    def __init__(self, document: Document, cases: SharedCases) -> None:
        self._document, self._cases = document, cases
        self.separator: bytes = document.separator
        self.render: Callable[[CaseResult], bytes] = partial(
            _render, inner=document.render, cases=cases
        )

    def write(self, rendered: bytes) -> None:
        """Takes one case, or several, as the other document does."""
        self._document.write(rendered)

    def state(self) -> object:
        """That of the other document."""
        return self._document.state()

    def restore(self, state: object) -> None:
        """Restores the other document."""
        self._document.restore(state)

    def end(self, result: ScanResult) -> None:
        """Ends the other document with the counts of the scan, and no id of it."""
        self._document.end(pseudonymised_result(result, self._cases.pseudonyms))


def _render(
    result: CaseResult, *, inner: Callable[[CaseResult], bytes], cases: SharedCases
) -> bytes:
    return inner(cases.of(result))


FILES: Final = {
    "json": "results.json",
    "csv": "results.csv",
    "html": "report.html",
    "xlsx": "report.xlsx",
    "svrl": "report.svrl",
    "junit": "junit.xml",
    "jsonl": "results.jsonl",
    "parquet": "results.parquet",
}
"""The file of each format."""
ALWAYS: Final = ("json", "csv", "html", "xlsx")
"""What a folder gets where no --format is named."""


def documents_of(
    formats: Collection[str],
    folder: RunFolder | None,
    engine: Engine,
    pseudonyms: Pseudonyms | None,
    hidden: Collection[str],
    *,
    all_rows: bool,
) -> dict[str, Document]:
    """A document for each format, by file name: into a folder, else to standard output.

    Those of the `hidden` formats hold pseudonyms.
    """
    documents = {}
    shared = None if pseudonyms is None else SharedCases(pseudonyms)
    for name in sorted(formats):
        document = _document(name, folder, engine, all_rows=all_rows)
        if shared is not None and name in hidden:
            document = SharedDocument(document, shared)
        documents[FILES[name]] = document
    return documents


def _document(name: str, folder: RunFolder | None, engine: Engine, *, all_rows: bool) -> Document:
    file = FILES[name]
    stream = sys.stdout.buffer if folder is None else cast("BinaryIO", folder.file(file))
    # The page, the workbook and Parquet bring libraries that a scan without them need not wait for.
    if name == "html":
        from msp_rules.reports.html.page import HtmlDocument  # noqa: PLC0415

        spool = _spool(folder, file)
        return HtmlDocument(stream, spool=spool, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "xlsx":
        from msp_rules.reports.xlsx import XlsxDocument  # noqa: PLC0415

        spool = _spool(folder, file)
        return XlsxDocument(stream, spool=spool, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "parquet":
        from msp_rules.reports.parquet import ParquetDocument  # noqa: PLC0415

        return ParquetDocument(stream, spool=_spool(folder, file), all_rows=all_rows)
    if name == "svrl":
        return svrl_and_junit.svrl(stream, engine.ruleset, all_rows=all_rows)
    if name == "junit":
        return svrl_and_junit.junit(stream, engine.ruleset, all_rows=all_rows)
    if name == "jsonl":
        return svrl_and_junit.JsonLines(stream, all_rows=all_rows)
    kind = JsonDocument if name == "json" else CsvDocument
    return kind(stream, all_rows=all_rows)


def _spool(folder: RunFolder | None, file: str) -> BinaryIO:
    """Where a document keeps cases until its end: gone with the process, or with the scan."""
    if folder is None:
        return cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - gone when dropped
    return cast("BinaryIO", folder.file(f"{file}.cases"))
