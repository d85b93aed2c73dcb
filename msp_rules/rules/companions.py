"""The files beside the rules: what sources hold, and which expectations are answered.

Both are optional. Where they are there, they are checked with the rules, and what they claim of the
rules must be so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules import citations as citations_file
from msp_rules.rules import coverage as coverage_file
from msp_rules.rules.citations import CitedSource, check_citations, read_citations
from msp_rules.rules.coverage import Coverage, read_coverage
from msp_rules.rules.rule import Ruleset
from msp_rules.rules.schema_check import check_by_schema
from msp_rules.rules.yaml_source import Block, Problems, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """The two files, each None where it is not there or can't be read."""

    citations: Mapping[str, CitedSource] | None
    coverage: Coverage | None


def read_companions(folder: Path, ruleset: Ruleset, problems: Problems) -> Companions:
    """The files beside the rules of a folder; every mistake in them is noted."""
    citations, coverage = None, None
    main = _read(folder, citations_file.FILE_NAME, problems)
    if main is not None:
        citations = read_citations(main, ruleset, problems)
        if citations is not None:
            check_by_schema(main, "citations", core_vocabulary(), problems)
            check_citations(ruleset, citations, problems)
    main = _read(folder, coverage_file.FILE_NAME, problems)
    if main is not None:
        coverage = read_coverage(main, ruleset, citations, problems)
        if coverage is not None:
            check_by_schema(main, "coverage", core_vocabulary(), problems)
    return Companions(citations=citations, coverage=coverage)


def _read(folder: Path, name: str, problems: Problems) -> Block | None:
    path = folder / name
    return read_yaml(path, f"{folder.name}/{name}", problems) if path.exists() else None
