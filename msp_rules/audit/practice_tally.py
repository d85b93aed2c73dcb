"""Adds up what went well: signs of good practice, wellbeing, principles, and moves on the grid.

Part of a `Tally`, and merged with it. Cases and outcomes are counted, never rated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msp_rules.audit.case_audit import Findings
from msp_rules.audit.case_audit.grid import Grid
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.audit.supply import add_counts

OUTCOMES: Final = "outcomes"
BEYOND: Final = "beyond_protection"
UNTAGGED: Final = "untagged"
UNKNOWN: Final = "unknown"


@dataclass(slots=True)
class PracticeTally:
    """Counts of what went well."""

    signs: dict[str, int] = field(default_factory=dict)
    """The number of cases that show each sign of good practice, by its name."""

    principles: dict[str, list[int]] = field(default_factory=dict)
    """For each principle the answers that were due, were met, and were explained."""

    outcomes: dict[str, int] = field(default_factory=dict)
    """Numbers of outcomes: all, beyond protection, and those whose domains are not given or not
    known."""

    domains: dict[str, int] = field(default_factory=dict)
    """The number of outcomes in each domain of wellbeing that occurs."""

    moves: dict[str, int] = field(default_factory=dict)
    """The number of cases by the ends of their movement: wellbeing and safety, first and latest.

    Four words with blanks between them ("low low high high"); only cases that can be compared.
    """

    judges: dict[str, int] = field(default_factory=dict)
    """The number of the same cases by who judged their latest position ("": nobody is named)."""

    def add(self, findings: Findings) -> None:
        """Counts one case."""
        signs = self.signs
        for name in findings.practice:
            signs[name] = signs.get(name, 0) + 1
        principles = self.principles
        for name, row in findings.principles.items():
            of, met, explained, _ = row
            if of:
                counts = principles.get(name)
                if counts is None:
                    counts = principles[name] = [0, 0, 0]
                counts[0] = counts[0] + of
                counts[1] = counts[1] + met
                counts[2] = counts[2] + explained
        if findings.wellbeing is not None:
            self._add_wellbeing(findings.wellbeing)
        if findings.grid is not None and findings.grid.movement is not None:
            move = move_of(findings.grid)
            self.moves[move] = self.moves.get(move, 0) + 1
            judge = judge_of(findings.grid)
            self.judges[judge] = self.judges.get(judge, 0) + 1

    def merge(self, other: PracticeTally) -> None:
        """Adds what was counted elsewhere."""
        add_counts(self.signs, other.signs)
        for name, numbers in other.principles.items():
            counts = self.principles.get(name, (0, 0, 0))
            self.principles[name] = [one + more for one, more in zip(counts, numbers, strict=True)]
        add_counts(self.outcomes, other.outcomes)
        add_counts(self.domains, other.domains)
        add_counts(self.moves, other.moves)
        add_counts(self.judges, other.judges)

    def document(self) -> Mapping[str, object]:
        """Gives the counts as JSON holds them; `practice_tally_from` reads that again."""
        return {
            "signs": self.signs,
            "principles": self.principles,
            "outcomes": self.outcomes,
            "domains": self.domains,
            "moves": self.moves,
            "judges": self.judges,
        }

    def _add_wellbeing(self, found: Wellbeing) -> None:
        counts = self.outcomes
        counts[OUTCOMES] = counts.get(OUTCOMES, 0) + found.outcomes
        counts[BEYOND] = counts.get(BEYOND, 0) + found.beyond_protection
        counts[UNTAGGED] = counts.get(UNTAGGED, 0) + len(found.untagged)
        counts[UNKNOWN] = counts.get(UNKNOWN, 0) + len(found.unknown)
        for name, ids in found.domains.items():
            self.domains[name] = self.domains.get(name, 0) + len(ids)


def move_of(grid: Grid) -> str:
    """Names the two ends of a movement: wellbeing and safety, at first and at last."""
    first, latest = grid.first, grid.latest
    assert first is not None
    assert latest is not None
    words = (first.wellbeing, first.safety, latest.wellbeing, latest.safety)
    return " ".join([word or "" for word in words])


def judge_of(grid: Grid) -> str:
    """Names the role of whoever judged the latest position; empty where the record does not say."""
    return "" if grid.latest is None else grid.latest.judged_by or ""


def practice_tally_from(document: Mapping[str, Any] | None) -> PracticeTally:
    """Reads the counts that `PracticeTally.document` gave; its shape has been checked before.

    None: results of earlier versions hold none. Those of a version before this one name no judges.
    """
    if document is None:
        return PracticeTally()
    return PracticeTally(
        signs=dict(document["signs"]),
        principles={name: list(numbers) for name, numbers in document["principles"].items()},
        outcomes=dict(document["outcomes"]),
        domains=dict(document["domains"]),
        moves=dict(document["moves"]),
        judges=dict(document.get("judges", {})),
    )
