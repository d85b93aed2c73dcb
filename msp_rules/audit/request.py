"""Holds the request of a scan: every entry point of the package builds one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from msp_rules.audit.pseudonyms import Pseudonyms
from msp_rules.casework.moments import Cutoff, When, cutoff_at
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.intake.export_files import UnpackLimits, limits_of
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.rules.language.rule import Ruleset, Severity


class Hiding(StrEnum):
    """Names the files of results that hold pseudonyms in place of ids."""

    NONE = "none"
    REPORTS = "reports"
    """The formats that people pass on."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """Says what to scan, by which rules, and what to write. It can be pickled.

    The same request gives the same files byte for byte, in any number of processes.
    """

    exports: tuple[Path, ...]
    """Files, or folders of them."""

    ruleset: Ruleset
    """The rules with every layer over them, as loaded."""

    mapping: CaseMapping | None = None
    """The mapping of a vendor's own exports; None for canonical ones."""

    as_of: When | None = None
    """The moment to judge at, as the caller gave it; None for that of each export itself."""

    matcher: str = "auto"
    """The choice of the matcher, whichever is used on this machine."""

    formats: tuple[str, ...] = ()
    """The names of the formats to write."""

    all_rows: bool = False
    """True to list answers that are not applicable, too."""

    hiding: Hiding = Hiding.REPORTS
    """The files of results that hold pseudonyms."""

    pseudonyms: Pseudonyms | None = None
    """The pseudonyms to use; None where no file holds any."""

    shown_teams: frozenset[str] = frozenset()
    """Names of teams that files with pseudonyms may hold."""

    max_mebibytes: int | None = None
    """The size that archives may unpack to; None for the usual limits."""

    jobs: int | None = None
    """The number of processes; None for as many as it is worth. It changes no file."""

    fail_on: Severity | None = None
    """The least severity of a `not_met` that makes the scan fail; None where none does."""

    def __post_init__(self) -> None:
        """Raises MspRulesError where `as_of` is not a moment (`moment_at`)."""
        _ = self.cutoff

    @property
    def cutoff(self) -> Cutoff | None:
        """The last instant that counts; None for that of each export itself."""
        return None if self.as_of is None else cutoff_at(self.as_of)

    @property
    def limits(self) -> UnpackLimits:
        """The limits beyond which an export is refused."""
        return limits_of(self.max_mebibytes)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the rules and, with overlays, of the council."""
        return self.ruleset.vocabulary

    def hides(self, *, is_shareable: bool) -> bool:
        """Says whether a format holds pseudonyms, by whether it is made to be passed on."""
        return self.hiding is Hiding.ALL or (self.hiding is Hiding.REPORTS and is_shareable)
