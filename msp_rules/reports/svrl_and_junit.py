"""Writes results as XML for tools: a Schematron report (SVRL), and test results (JUnit).

The XML is put together as text: `verify` compares its bytes, and serializers differ in how they
quote an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.manifest import manifest
from msp_rules.audit.result import ScanResult
from msp_rules.casework.case import Fault
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.case_rows import xml_text
from msp_rules.reports.document import Document, Target, listed
from msp_rules.reports.labels import FOR_REVIEW, RuleWords, explanation, words_of
from msp_rules.rules.language.rule import Severity

SCAN: Final = "scan of the exports"
"""The pattern and the suite that say what the results rest on and what could not be judged."""
_SEVERE: Final = tuple(one.value for one in Severity if one.rank >= Severity.FLAG.rank)
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class SvrlDocument(Document):
    """The report in the vocabulary of ISO/IEC 19757-3 (Annex D): one pattern per case.

    A fired rule is an answer: its `name` is the rule, its `role` the verdict (with `-waived` where
    a local waiver sets it aside), its `flag` the severity. What is not (fully, or in time)
    evidenced is a failed assert, and so is `cannot_tell`. The pattern after the cases holds the
    faults as failed asserts. The last one states the manifest, one fired rule for each value:
    a successful report would count as a finding.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = partial(svrl_case, words=words_of(target.ruleset), all_rows=target.all_rows)
        title, version = quoteattr(target.ruleset.id), quoteattr(target.ruleset.version)
        root = (
            '<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl" '
            f"title={title} schemaVersion={version}>\n"
        )
        self.head = _DECLARATION + root.encode()

    def end(self, result: ScanResult) -> None:
        """Writes what could not be read or judged and the manifest, and closes the root."""
        self.stream.write(_svrl_end(result).encode())


class JunitDocument(Document):
    """Test results: one suite per case, one test per answer.

    `not_met` of severity `flag` or more is a failure; `cannot_tell` is skipped; a waived finding
    passes. `system-out` has the verdict, and the waiver. `classname` and `name` are the case, the
    rule and its subject: one pair for each test, the same whatever the verdict, so that a tool can
    follow a test from scan to scan. The last suite has the manifest as properties, and an error for
    each fault.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.render = partial(junit_case, words=words_of(target.ruleset), all_rows=target.all_rows)
        root = f"<testsuites name={quoteattr(target.ruleset.id)}>\n"
        self.head = _DECLARATION + root.encode()

    def end(self, result: ScanResult) -> None:
        """Writes what could not be read or judged and the manifest, and closes the root."""
        self.stream.write(_junit_end(result).encode())


def svrl_case(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Renders one case as an active pattern with its fired rules; empty without answers."""
    parts = []
    case = _xpath_text(result.case)
    for answer in listed(result.answers, all_rows=all_rows):
        place = f"//*[local-name()='case'][@id={case}]"
        if answer.subject is not None:
            place += f"/*[@id={_xpath_text(answer.subject)}]"
        waived = "" if answer.waived is None else "-waived"
        role = f'role="{answer.verdict}{waived}" flag="{answer.severity}"'
        parts.append(f'<svrl:fired-rule name="{answer.rule}" context={quoteattr(place)} {role}/>\n')
        if answer.verdict in FOR_REVIEW and answer.waived is None:
            said = _said(answer, words)
            parts.append(
                f'<svrl:failed-assert test="{answer.rule}" location={quoteattr(place)} {role}>'
                f"<svrl:text>{escape(said)}</svrl:text></svrl:failed-assert>\n"
            )
    if parts:
        parts.insert(0, f"<svrl:active-pattern name={quoteattr(result.case)}/>\n")
    return "".join(parts).encode()


def junit_case(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Renders one case as a suite with its counts."""
    tests, failures, skipped = [], 0, 0
    for answer in listed(result.answers, all_rows=all_rows):
        inside, out = "", f"verdict: {answer.verdict}"
        if answer.waived is not None:
            out += f"; waived: {' / '.join(answer.waived)}"
        elif answer.verdict is Verdict.CANNOT_TELL:
            skipped += 1
            inside = f"<skipped message={quoteattr(_said(answer, words))}/>"
        elif answer.verdict is Verdict.NOT_MET and answer.severity in _SEVERE:
            failures += 1
            said = _said(answer, words)
            inside = f'<failure type="{answer.severity}" message={quoteattr(said)}/>'
        name = answer.rule if answer.subject is None else f"{answer.rule} {answer.subject}"
        tests.append(
            f"<testcase classname={quoteattr(result.case)} name={quoteattr(name)}>"
            f"{inside}<system-out>{escape(out)}</system-out></testcase>\n"
        )
    return (
        f'<testsuite name={quoteattr(result.case)} tests="{len(tests)}" failures="{failures}" '
        f'errors="0" skipped="{skipped}">\n{"".join(tests)}</testsuite>\n'
    ).encode()


def _svrl_end(result: ScanResult) -> str:
    place = 'context="/" role="scan"'
    parts = [
        f"<svrl:active-pattern name={quoteattr(SCAN)}/>\n",
        f'<svrl:fired-rule name="complete" {place}/>\n',
    ]
    for fault in result.tally.faults:
        where = "/"
        if fault.case is not None:
            where = f"//*[local-name()='case'][@id={_xpath_text(fault.case)}]"
        parts.append(
            f'<svrl:failed-assert test="complete" location={quoteattr(where)} role="fault">'
            f"<svrl:text>{escape(_fault_in_words(fault))}</svrl:text></svrl:failed-assert>\n"
        )
    parts.append('<svrl:active-pattern name="manifest"/>\n')
    for name, value in _properties(result):
        said = quoteattr(f"{name}: {value}")
        parts.append(f'<svrl:fired-rule name={said} context="/" role="manifest"/>\n')
    return "".join([*parts, "</svrl:schematron-output>\n"])


def _junit_end(result: ScanResult) -> str:
    properties = [
        f'<property name="{name}" value={quoteattr(value)}/>\n'
        for name, value in _properties(result)
    ]
    times: Counter[str] = Counter()
    tests = []
    for fault in result.tally.faults:
        place = _place_of(fault)
        times[place] += 1
        name = place if times[place] == 1 else f"{place} ({times[place]})"
        tests.append(
            f'<testcase classname="fault" name={quoteattr(name)}>'
            f'<error type="fault" message={quoteattr(fault.reason)}/></testcase>\n'
        )
    return (
        f'<testsuite name={quoteattr(SCAN)} tests="{len(tests)}" failures="0" '
        f'errors="{len(tests)}" skipped="0">\n<properties>\n{"".join(properties)}</properties>\n'
        f"{''.join(tests)}</testsuite>\n</testsuites>\n"
    )


def _properties(result: ScanResult) -> Iterator[tuple[str, str]]:
    """Writes the manifest as names and texts, whatever its shape: `inputs.1.sha256`."""
    for name, value in manifest(result).items():
        yield from _flat(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _flat(f"{name}.{inner}", one)
    elif isinstance(value, list | tuple):
        if all(isinstance(one, str) for one in value):
            yield name, xml_text(", ".join(value)) or "none"
            return
        for number, one in enumerate(value, start=1):
            yield from _flat(f"{name}.{number}", one)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif value is not None:
        yield name, xml_text(str(value))


def _said(answer: Answer, words: Mapping[str, RuleWords]) -> str:
    rule = words[answer.rule]
    return f"{rule.title}. {explanation(answer, rule)}"


def _fault_in_words(fault: Fault) -> str:
    return f"{_place_of(fault)}: {fault.reason}"


def _place_of(fault: Fault) -> str:
    """Says where a fault is: file and line, then ids; never empty."""
    place = ":".join(str(part) for part in (fault.input, fault.line) if part)
    ids = [part for part in (fault.case, fault.event, fault.rule) if part]
    said = " ".join([*([place] if place else []), *ids]) or "the scan"
    return xml_text(said)  # a file's name may hold what XML cannot


def _xpath_text(text: str) -> str:
    """Writes a string of XPath 1.0, which has no escapes: with both quotes it needs concat()."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat('" + text.replace("'", "', \"'\", '") + "')"
