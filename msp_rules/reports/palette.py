"""The words and colours that reports say verdicts and ratings with."""

from __future__ import annotations

from typing import Final

VERDICTS: Final = {
    "not_met": "not evidenced in the record",
    "partly_met": "partly evidenced",
    "met_late": "evidenced late",
    "cannot_tell": "cannot tell",
    "not_yet_due": "not yet due",
    "explained": "explained",
    "met": "evidenced",
    "not_applicable": "not applicable",
}
FINDINGS: Final = ("not_met", "partly_met", "met_late", "cannot_tell")
"""The verdicts that ask for a look, the weightiest first."""
QUESTIONS: Final = {
    "Q1": "asked what they want",
    "Q2": "outcomes expressed",
    "Q3": "capacity",
    "Q4": "advocacy considered",
    "Q5": "risk in what they want",
    "Q6": "partners' practice (suggested)",
    "Q7": "involved, informed (suggested)",
    "Q8": "outcomes met",
    "QM": "meetings",
}
COLOURS: Final = ("red", "amber", "grey", "green", "none")
INKS: Final = {
    "red": ("#ffffff", "#a4161a"),
    "amber": ("#1b1b1b", "#ffc857"),
    "grey": ("#1b1b1b", "#d5d8dc"),
    "green": ("#ffffff", "#1c6b3a"),
    "none": ("#1b1b1b", "#ffffff"),
    "page": ("#1b1b1b", "#ffffff"),
    "quiet": ("#4a4f55", "#ffffff"),
    "link": ("#0b4f8a", "#ffffff"),
}
"""Text colour and background; every pair has a contrast of 4.5 to 1 or more (tested)."""


def share(count: int, of: int) -> str:
    """A count with its denominator; the percentage only from ten up, and never alone."""
    return f"{count} of {of} ({100 * count / of:.0f}%)" if of >= 10 else f"{count} of {of}"
