"""Lists the formats of results: the one table from which everything about formats is read.

A new format is one file, with a subclass of `Document`, and one row here. The module of a format is
imported when its document is asked for: no scan waits for what only another format needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
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
    home: str
    """The module of this package, and in it the class, that write it."""
    is_shareable: bool = False
    """True for formats that people pass on, or that tools keep where many can read them.

    They hold pseudonyms unless something else is asked for.
    """

    @property
    def document(self) -> type[Document]:
        """The class that writes it."""
        module, _, name = self.home.partition(":")
        found: type[Document] = getattr(import_module(f"msp_rules.reports.{module}"), name)
        return found


FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format("json", "results.json", "json_and_csv:JsonDocument"),
        Format("csv", "results.csv", "json_and_csv:CsvDocument"),
        Format("html", "report.html", "html.page:HtmlDocument", is_shareable=True),
        Format("xlsx", "report.xlsx", "workbook.document:XlsxDocument", is_shareable=True),
        Format("svrl", "report.svrl", "svrl_and_junit:SvrlDocument", is_shareable=True),
        Format("junit", "junit.xml", "svrl_and_junit:JunitDocument", is_shareable=True),
        Format("jsonl", "results.jsonl", "json_and_csv:JsonLinesDocument"),
        Format("parquet", "results.parquet", "parquet:ParquetDocument"),
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
