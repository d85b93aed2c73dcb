"""The table of formats is the one place that lists them, and every row of it is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from msp_rules.audit.request import Hiding, ScanRequest
from msp_rules.reports.document import Document
from msp_rules.reports.formats import (
    DEFAULT_FORMATS,
    FORMATS,
    line_differences,
    needs_pseudonyms,
    planned_outputs,
)
from tests.builders.case import one_rule


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> ScanRequest:
    """Every format."""
    ruleset = one_rule(tmp_path_factory.mktemp("rules") / "small")
    return ScanRequest(exports=(), ruleset=ruleset, formats=tuple(FORMATS))


def test_every_format_has_a_file_and_a_document_of_its_own() -> None:
    files = [one.file for one in FORMATS.values()]
    documents = [one.document for one in FORMATS.values()]

    assert len(set(files)) == len(set(documents)) == len(FORMATS)
    assert all(issubclass(one, Document) for one in documents)
    assert set(DEFAULT_FORMATS) <= set(FORMATS)
    assert all(Path(name).name == name for name in files)


def test_outputs_are_planned_in_order_by_the_names_of_their_files(wanted: ScanRequest) -> None:
    assert list(planned_outputs(wanted)) == [FORMATS[name].file for name in sorted(FORMATS)]


@pytest.mark.parametrize(
    ("hiding", "is_hidden"),
    [
        (Hiding.NONE, lambda _shareable: False),
        (Hiding.REPORTS, lambda shareable: shareable),
        (Hiding.ALL, lambda _shareable: True),
    ],
    ids=lambda one: str(one) if isinstance(one, Hiding) else "",
)
def test_pseudonyms_stand_where_they_are_asked_for(
    wanted: ScanRequest, hiding: Hiding, is_hidden: Callable[[bool], bool]
) -> None:
    request = replace(wanted, hiding=hiding)

    planned = planned_outputs(request)

    for one in FORMATS.values():
        assert planned[one.file].has_pseudonyms == is_hidden(one.is_shareable), one.name
        assert needs_pseudonyms(replace(request, formats=(one.name,))) == is_hidden(
            one.is_shareable
        )


def test_files_of_lines_are_compared_by_line_and_others_by_byte() -> None:
    by_line = {one.file for one in FORMATS.values() if one.document.is_lines}

    assert line_differences().keys() == by_line
    assert {"results.json", "results.csv"} <= by_line
    assert "report.xlsx" not in by_line
