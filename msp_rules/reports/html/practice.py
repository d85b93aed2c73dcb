"""Renders what went well in a case: signs of good practice, wellbeing, principles, the grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msp_rules.audit.case_audit import Findings
from msp_rules.audit.case_audit.grid import Grid
from msp_rules.audit.case_audit.principles import PrincipleEvidence
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.reports.html.answers import AnswerWriter
from msp_rules.reports.practice_labels import (
    MOVEMENTS_IN_WORDS,
    counted,
    domain_in_words,
    position_in_words,
    sign_in_words,
)
from msp_rules.rules.language.wording import code_label


def practice_block(findings: Findings, writer: AnswerWriter) -> str:
    """Writes what the record shows to have gone well; its absence says nothing."""
    signs = [
        f"{_capital(sign_in_words(sign))}: {writer.events(ids)}"
        for sign, ids in findings.practice.items()
    ]
    return _listed("What went well", signs) + _listed("Wellbeing and principles", _lines(findings))


def _listed(heading: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<h4>{heading}</h4><ul class="well">{items}</ul>' if items else ""


def _lines(findings: Findings) -> Iterator[str]:
    if findings.wellbeing is not None and findings.wellbeing.outcomes:
        yield _wellbeing(findings.wellbeing)
    principles = _principles(findings.principles)
    if principles:
        yield principles
    if findings.grid is not None and findings.grid.latest is not None:
        yield _grid(findings.grid)


def _wellbeing(found: Wellbeing) -> str:
    said = counted(found.outcomes, "wanted outcome")
    if found.domains:
        named = [f"{domain_in_words(name)} {len(ids)}" for name, ids in found.domains.items()]
        said += f", {found.beyond_protection} beyond protection ({', '.join(named)})"
    if found.untagged:
        said += f"; {len(found.untagged)} with no domain recorded"
    return said


def _principles(rows: Mapping[str, PrincipleEvidence]) -> str:
    named = [
        f'<a href="#principle-{name}">{name}</a> {row.met + row.explained} of {row.of}'
        for name, row in rows.items()
        if row.of
    ]
    return f"Evidence for the principles: {', '.join(named)}" if named else ""


def _grid(grid: Grid) -> str:
    first, latest = grid.first, grid.latest
    assert latest is not None
    by = f", as judged by {code_label(latest.judged_by)}" if latest.judged_by else ""
    at_last = position_in_words(latest.wellbeing, latest.safety)
    if first is None or first == latest:
        return f"On the grid: {at_last}{by}"
    at_first = position_in_words(first.wellbeing, first.safety)
    moved = f" ({MOVEMENTS_IN_WORDS[grid.movement]})" if grid.movement else ""
    return f"On the grid: from {at_first} to {at_last}{moved}{by}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
