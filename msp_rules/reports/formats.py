"""Lists the formats of results: the one table from which everything about formats is read.

A new format is one file, with a subclass of `Document`, and one row here. The module of a format is
imported when its document is asked for: no scan waits for what only another format needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from msp_rules.audit.output import Output, OutputFiles, PlannedOutput
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.verification import LineDifferences
from msp_rules.reports.document import Document, Target


class Format(NamedTuple):
    """One format of results."""

    name: str
    """The name on the command line."""
    file: str
    """The name of its file."""
    load_document: Callable[[], type[Document]]
    """Imports the class that writes it."""
    is_shareable: bool = False
    """True for formats that people pass on, or that tools keep where many can read them.

    They hold pseudonyms unless something else is asked for.
    """

    @property
    def document(self) -> type[Document]:
        """The class that writes it."""
        return self.load_document()


def _json() -> type[Document]:
    from msp_rules.reports.json_and_csv import JsonDocument

    return JsonDocument


def _json_lines() -> type[Document]:
    from msp_rules.reports.json_and_csv import JsonLinesDocument

    return JsonLinesDocument


def _csv() -> type[Document]:
    from msp_rules.reports.json_and_csv import CsvDocument

    return CsvDocument


def _html() -> type[Document]:
    from msp_rules.reports.html.page import HtmlDocument

    return HtmlDocument


def _xlsx() -> type[Document]:
    from msp_rules.reports.workbook.document import XlsxDocument

    return XlsxDocument


def _svrl() -> type[Document]:
    from msp_rules.reports.svrl_and_junit import SvrlDocument

    return SvrlDocument


def _junit() -> type[Document]:
    from msp_rules.reports.svrl_and_junit import JunitDocument

    return JunitDocument


def _parquet() -> type[Document]:
    from msp_rules.reports.parquet import ParquetDocument

    return ParquetDocument


FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format("json", "results.json", _json),
        Format("csv", "results.csv", _csv),
        Format("html", "report.html", _html, is_shareable=True),
        Format("xlsx", "report.xlsx", _xlsx, is_shareable=True),
        Format("svrl", "report.svrl", _svrl, is_shareable=True),
        Format("junit", "junit.xml", _junit, is_shareable=True),
        Format("jsonl", "results.jsonl", _json_lines),
        Format("parquet", "results.parquet", _parquet),
    )
}
DEFAULT_FORMATS: Final = ("json", "csv", "html", "xlsx")
"""The formats of a folder where none is named."""


def planned_outputs(request: ScanRequest) -> Mapping[str, PlannedOutput]:
    """Gives the outputs of a request by the names of their files, ready for `run_scan`."""
    plans: dict[str, PlannedOutput] = {}
    for name in sorted(request.formats):
        found = FORMATS[name]
        has_pseudonyms = request.hides(is_shareable=found.is_shareable)
        plans[found.file] = PlannedOutput(partial(_open, found, request), has_pseudonyms)
    return plans


def needs_pseudonyms(request: ScanRequest) -> bool:
    """Says whether any file that a request asks for has pseudonyms."""
    return any(request.hides(is_shareable=FORMATS[name].is_shareable) for name in request.formats)


def result_files() -> tuple[str, ...]:
    """Lists the names of all files of results that a scan can make, besides its manifest."""
    return tuple(one.file for one in FORMATS.values())


def line_differences() -> LineDifferences:
    """Gives how files of results are compared line by line, for those that are lines."""
    return {one.file: one.document.difference for one in FORMATS.values() if one.document.is_lines}


def _open(found: Format, request: ScanRequest, files: OutputFiles) -> Output:
    target = Target(
        files=files, name=found.file, ruleset=request.ruleset, all_rows=request.all_rows
    )
    return found.document(target)
