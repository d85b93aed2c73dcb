"""A scan's results for tools: a Schematron report (SVRL), test results (JUnit), JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

from msp_rules.audit.scan import CaseResult, Scan
from msp_rules.engine.verdict import Verdict
from msp_rules.reports.documents import json_case
from msp_rules.reports.palette import FINDINGS, VERDICTS
from msp_rules.rules.rule import Ruleset

_SEVERE: Final = ("flag", "statutory")
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class XmlDocument:
    """What comes before the cases, the cases, and what comes after them."""

    separator: Final = b""

    def __init__(
        self, stream: BinaryIO, render: Callable[[CaseResult], bytes], first: str, last: str
    ) -> None:
        self.render = render
        self._stream = stream
        self._last = last
        stream.write(_DECLARATION + first.encode())

    def write(self, rendered: bytes) -> None:
        """Writes one case, or several."""
        self._stream.write(rendered)

    def state(self) -> object:
        """Nothing beside the bytes."""
        return None

    def restore(self, state: object) -> None:
        """Nothing beside the bytes."""

    def end(self, scan: Scan) -> None:
        """Closes the document; what could not be read or judged stands in the manifest."""
        self._stream.write(self._last.encode())


class JsonLines:
    """One case a line, each as in results.json."""

    separator: Final = b""

    def __init__(self, stream: BinaryIO, *, all_rows: bool) -> None:
        self.render: Callable[[CaseResult], bytes] = partial(_line, all_rows=all_rows)
        self._stream = stream

    def write(self, rendered: bytes) -> None:
        """Writes one line, or several."""
        self._stream.write(rendered)

    def state(self) -> object:
        """Nothing beside the bytes."""
        return None

    def restore(self, state: object) -> None:
        """Nothing beside the bytes."""

    def end(self, scan: Scan) -> None:
        """Nothing follows the cases."""


def svrl(stream: BinaryIO, ruleset: Ruleset, *, all_rows: bool) -> XmlDocument:
    """The report in the vocabulary of ISO/IEC 19757-3: a pattern a case, a fired rule an answer.

    What is not (fully, or in time) evidenced is a failed assert, and so is `cannot_tell`: its
    `role` is the verdict, its `flag` the severity.
    """
    first = (
        '<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl" '
        f"title={quoteattr(ruleset.id)} schemaVersion={quoteattr(ruleset.version)}>\n"
    )
    render = partial(svrl_case, titles=_titles(ruleset), all_rows=all_rows)
    return XmlDocument(stream, render, first, "</svrl:schematron-output>\n")


def junit(stream: BinaryIO, ruleset: Ruleset, *, all_rows: bool) -> XmlDocument:
    """Test results: a suite a case, a test an answer.

    `not_met` of severity `flag` or more is a failure; `cannot_tell` is skipped; a waived finding
    passes, and every test has its verdict as `classname`.
    """
    render = partial(junit_case, titles=_titles(ruleset), all_rows=all_rows)
    return XmlDocument(
        stream, render, f"<testsuites name={quoteattr(ruleset.id)}>\n", "</testsuites>\n"
    )


def svrl_case(result: CaseResult, *, titles: Mapping[str, str], all_rows: bool) -> bytes:
    """One case as an active pattern with its fired rules."""
    parts = [f"<svrl:active-pattern id={quoteattr(result.case)}/>\n"]
    case = _xpath_text(result.case)
    for answer in result.answers:
        if not all_rows and answer.verdict is Verdict.NOT_APPLICABLE:
            continue
        place = f"//*[local-name()='case'][@id={case}]"
        if answer.subject is not None:
            place += f"/*[@id={_xpath_text(answer.subject)}]"
        role = f'id="{answer.rule}" role="{answer.verdict}" flag="{answer.severity}"'
        parts.append(f"<svrl:fired-rule context={quoteattr(place)} {role}/>\n")
        if answer.verdict in FINDINGS and answer.waived is None:
            said = f"{titles[answer.rule]}: {VERDICTS[answer.verdict]}"
            parts.append(
                f'<svrl:failed-assert test="{answer.rule}" location={quoteattr(place)} {role}>'
                f"<svrl:text>{escape(said)}</svrl:text></svrl:failed-assert>\n"
            )
    return "".join(parts).encode()


def junit_case(result: CaseResult, *, titles: Mapping[str, str], all_rows: bool) -> bytes:
    """One case as a suite with its counts."""
    tests, failures, skipped = [], 0, 0
    for answer in result.answers:
        if not all_rows and answer.verdict is Verdict.NOT_APPLICABLE:
            continue
        inside = ""
        if answer.verdict is Verdict.CANNOT_TELL:
            skipped += 1
            inside = f"<skipped message={quoteattr(VERDICTS[answer.verdict])}/>"
        elif (
            answer.verdict is Verdict.NOT_MET
            and answer.severity in _SEVERE
            and answer.waived is None
        ):
            failures += 1
            said = f"{titles[answer.rule]}: {VERDICTS[answer.verdict]}"
            inside = f'<failure type="{answer.severity}" message={quoteattr(said)}/>'
        name = answer.rule if answer.subject is None else f"{answer.rule} {answer.subject}"
        tests.append(
            f'<testcase classname="{answer.verdict}" name={quoteattr(name)}>{inside}</testcase>\n'
        )
    return (
        f'<testsuite name={quoteattr(result.case)} tests="{len(tests)}" failures="{failures}" '
        f'skipped="{skipped}" errors="0">\n{"".join(tests)}</testsuite>\n'
    ).encode()


def _titles(ruleset: Ruleset) -> dict[str, str]:
    return {rule.id: rule.title for rule in ruleset.rules}


def _line(result: CaseResult, *, all_rows: bool) -> bytes:
    return json_case(result, all_rows=all_rows) + b"\n"


def _xpath_text(text: str) -> str:
    """A string of XPath 1.0, which knows no escapes: with both quotes it takes a concat()."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat('" + text.replace("'", "', \"'\", '") + "')"
