"""What is logged: the page names all of it, and no line can hold a value."""

from __future__ import annotations

import ast
import logging
import re
from typing import Any

import pytest

from msp_rules.log_events import LEVELS, LogEvent, log, logger_of
from tests.support.command_line import ROOT

ROW = re.compile(r"^\| `([a-z._]+)` \| `([a-z_.]+)` \| ([A-Z]+) \| (.*?) \|", re.MULTILINE)


def calls_of_log() -> dict[str, set[str]]:
    """The names of the facts that the package logs, by the name of the event."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "msp_rules").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="log"), args=[ast.Attribute(attr=event)], keywords=facts
                ):
                    named = found.setdefault(LogEvent[event].value, set())
                    named |= {one.arg for one in facts if one.arg is not None}
    return found


def test_the_page_lists_each_name_with_its_logger_level_and_facts() -> None:
    page = (ROOT / "docs/logging.md").read_text("utf-8")
    rows = {name: (logger, level) for name, logger, level, _ in ROW.findall(page)}
    facts = {name: set(re.findall(r"`(\w+)`", listed)) for name, _, _, listed in ROW.findall(page)}

    assert rows == {
        one.value: (logger_of(one).name, logging.getLevelName(LEVELS[one])) for one in LogEvent
    }
    logged = calls_of_log()
    assert logged.keys() == rows.keys()
    assert {name: named for name, named in logged.items() if named - facts[name]} == {}


def test_a_line_is_a_name_and_facts_which_the_record_has_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="msp_rules")

    log(LogEvent.SWEEP_DONE, reevaluated=3, is_done=True)
    log(LogEvent.CASE_FAILED, error=ValueError)

    first, second = caplog.records
    assert (first.name, first.levelname, first.getMessage()) == (
        "msp_rules.prompts",
        "INFO",
        "sweep.done reevaluated=3 is_done=True",
    )
    found: Any = first
    assert (found.msp_event, found.msp_reevaluated) == ("sweep.done", 3)
    assert second.getMessage() == "case.failed error=ValueError"


def test_a_host_that_sets_up_no_logging_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        log(LogEvent.CASE_FAILED, error=ValueError)
    finally:
        root.handlers = handlers

    assert capfd.readouterr() == ("", "")
