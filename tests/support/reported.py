"""Reports of made-up exports, written without the command line: the rules are read once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from msp_rules.audit.result import ScanResult
from msp_rules.audit.run import Document
from msp_rules.audit.scan import Scan
from msp_rules.engine.engine import Engine
from msp_rules.reports.html.page import HtmlDocument
from msp_rules.reports.json_and_csv import CsvDocument, JsonDocument
from msp_rules.reports.parquet import ParquetDocument
from msp_rules.reports.svrl_and_junit import JsonLines, junit, svrl
from msp_rules.reports.xlsx import XlsxDocument
from msp_rules.rules import load_layers, shipped_ruleset
from msp_rules.rules.language.rule import Ruleset

FILES = {
    "json": "results.json",
    "csv": "results.csv",
    "html": "report.html",
    "xlsx": "report.xlsx",
    "svrl": "report.svrl",
    "junit": "junit.xml",
    "jsonl": "results.jsonl",
    "parquet": "results.parquet",
}


@cache
def core_engine() -> Engine:
    """An engine of the core ruleset; it keeps nothing of a case."""
    return engine_of(load_layers(shipped_ruleset("msp-core")).ruleset)


def engine_of(ruleset: Ruleset) -> Engine:
    """An engine as a scan has it."""
    return Engine(ruleset, matcher="python", foresees=False)


def report(
    exports: Path | Iterable[Path],
    out: Path,
    *formats: str,
    engine: Engine | None = None,
    all_rows: bool = False,
) -> ScanResult:
    """Writes the reports of exports in some formats (left out: in all of them)."""
    engine = engine or core_engine()
    paths = [exports] if isinstance(exports, Path) else list(exports)
    out.mkdir(parents=True, exist_ok=True)
    scan = Scan(engine, None)
    with ExitStack() as stack:
        documents = []
        for name in formats or FILES:
            stream = stack.enter_context((out / FILES[name]).open("wb"))
            spool = stack.enter_context(tempfile.TemporaryFile())
            document = _document(
                name, stream, cast("BinaryIO", spool), engine.ruleset, all_rows=all_rows
            )
            documents.append(document)
        scan.run(paths, documents)
        result = scan.result()
        for document in documents:
            document.end(result)
    return result


def _document(
    name: str, stream: BinaryIO, spool: BinaryIO, ruleset: Ruleset, *, all_rows: bool
) -> Document:
    match name:
        case "html":
            return HtmlDocument(stream, spool=spool, ruleset=ruleset, all_rows=all_rows)
        case "xlsx":
            return XlsxDocument(stream, ruleset=ruleset, all_rows=all_rows)
        case "svrl":
            return svrl(stream, ruleset, all_rows=all_rows)
        case "junit":
            return junit(stream, ruleset, all_rows=all_rows)
        case "jsonl":
            return JsonLines(stream, all_rows=all_rows)
        case "parquet":
            return ParquetDocument(stream, all_rows=all_rows)
        case "csv":
            return CsvDocument(stream, all_rows=all_rows)
    return JsonDocument(stream, all_rows=all_rows)
