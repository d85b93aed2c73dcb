"""Holds the result of a scan, from which reports, manifests and exit codes are made."""

from __future__ import annotations

from dataclasses import dataclass

from msp_rules.audit.tally import Tally
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import InputFile
from msp_rules.rules.language.rule import Ruleset, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """The outcome of one scan, whole or interrupted. It holds no case: those were written already.

    Nobody changes it; a result with pseudonyms is another one (`pseudonymised_result`).
    """

    ruleset: Ruleset
    """The rules with every layer over them, in all their forms."""

    matcher_name: str
    """The matcher that answered, as the manifest names it."""

    calendar_sha256: str
    """The hash of the bank holidays that working days were counted with."""

    tally: Tally
    """The counts, and the faults."""

    inputs: tuple[InputFile, ...] = ()
    """The exports that were read to their end or to a break, in the order of reading."""

    unreadable: tuple[InputUnreadable, ...] = ()
    """The reasons why nothing could be read of the others; they are among the faults, too."""

    mapping: CaseMapping | None = None
    """The mapping of a vendor's own exports; None for canonical ones."""

    was_interrupted: bool = False
    """True where somebody asked the scan to stop before its end."""

    pseudonym_key: str | None = None
    """The id of the key where pseudonyms stand in place of ids; None where ids do."""

    @property
    def is_complete(self) -> bool:
        """True where everything could be read and judged."""
        return self.tally.is_complete

    def has_findings_of(self, severity: Severity | None) -> bool:
        """Says whether anything of this severity or a higher one is `not_met`; None: no."""
        worst = self.tally.worst
        return severity is not None and worst is not None and worst.rank >= severity.rank
