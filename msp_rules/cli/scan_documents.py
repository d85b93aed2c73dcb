"""The files of results that a scan can write, by the names of their formats."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection
from typing import BinaryIO, Final, cast

from msp_rules.audit.pseudonyms import Pseudonyms
from msp_rules.audit.sharing import SharedCases
from msp_rules.engine.engine import Engine
from msp_rules.reports import xml_documents
from msp_rules.reports.document import Document
from msp_rules.reports.documents import CsvDocument, JsonDocument
from msp_rules.reports.run_folder import RunFolder
from msp_rules.reports.shared_document import SharedDocument

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
        from msp_rules.reports.html_document import HtmlDocument  # noqa: PLC0415

        spool = _spool(folder, file)
        return HtmlDocument(stream, spool=spool, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "xlsx":
        from msp_rules.reports.xlsx_document import XlsxDocument  # noqa: PLC0415

        spool = _spool(folder, file)
        return XlsxDocument(stream, spool=spool, ruleset=engine.ruleset, all_rows=all_rows)
    if name == "parquet":
        from msp_rules.reports.parquet_document import ParquetDocument  # noqa: PLC0415

        return ParquetDocument(stream, spool=_spool(folder, file), all_rows=all_rows)
    if name == "svrl":
        return xml_documents.svrl(stream, engine.ruleset, all_rows=all_rows)
    if name == "junit":
        return xml_documents.junit(stream, engine.ruleset, all_rows=all_rows)
    if name == "jsonl":
        return xml_documents.JsonLines(stream, all_rows=all_rows)
    kind = JsonDocument if name == "json" else CsvDocument
    return kind(stream, all_rows=all_rows)


def _spool(folder: RunFolder | None, file: str) -> BinaryIO:
    """Where a document keeps cases until its end: gone with the process, or with the scan."""
    if folder is None:
        return cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - gone when dropped
    return cast("BinaryIO", folder.file(f"{file}.cases"))
