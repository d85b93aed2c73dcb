"""Reports what the conformance kit found, to a person or a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msp_rules.prompts.documents import Document

SCHEMA: Final = "msp-adapter-check/1"


class CheckStatus(StrEnum):
    """Tells how a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    """The adapter has no hook that the check is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one check."""

    name: str
    """The name of the check."""
    asks: str
    """The question that it answers."""
    status: CheckStatus
    """The result: passed, failed or not applicable."""
    examined: str
    """A description of what was checked."""
    findings: tuple[str, ...] = ()
    """The faults that it found; empty unless it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results of all checks of one adapter."""

    adapter: str
    """The name of the adapter."""
    version: str | None
    """The version of the adapter; None where it is not installed."""
    results: tuple[CheckResult, ...]
    """The results, in the order of the checks."""

    @property
    def has_passed(self) -> bool:
        """True where nothing failed."""
        return all(one.status is not CheckStatus.FAILED for one in self.results)


def as_plain(report: Report) -> Document:
    """Writes the report as plain data, for JSON."""
    return {
        "schema": SCHEMA,
        "adapter": report.adapter,
        "version": report.version,
        "passed": report.has_passed,
        "checks": [
            {
                "check": one.name,
                "asks": one.asks,
                "status": one.status.value,
                "examined": one.examined,
                "findings": list(one.findings),
            }
            for one in report.results
        ],
    }


def as_text(report: Report) -> Iterator[str]:
    """Writes the report as lines for a terminal."""
    yield f"{report.adapter} {report.version or '(not installed)'}"
    for one in report.results:
        yield f"{one.status.value:>14}  {one.name}: {one.asks}"
        yield f"{'':>14}  {one.examined}"
        for finding in one.findings:
            yield f"{'':>14}  - {finding}"
    failed = [one.name for one in report.results if one.status is CheckStatus.FAILED]
    if failed:
        yield f"The adapter does not keep the contract: {', '.join(failed)}."
    else:
        yield "The adapter keeps the contract in everything that was checked."
