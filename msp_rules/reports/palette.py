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
COLOUR_WORDS: Final = {**{name: name for name in COLOURS}, "none": "not rated"}
INKS: Final = {
    "red": ("#ffffff", "#a4161a"),
    "amber": ("#1b1b1b", "#ffc857"),
    "grey": ("#1b1b1b", "#d5d8dc"),
    "green": ("#ffffff", "#1c6b3a"),
    "none": ("#1b1b1b", "#ffffff"),
    "waived": ("#ffffff", "#4b3f8f"),
}
"""Text colour and background of what is rated."""
LIGHT: Final = {
    "ink": ("#1b1b1b", "#ffffff"),
    "quiet": ("#4a4f55", "#ffffff"),
    "link": ("#0b4f8a", "#ffffff"),
    "ink on panels": ("#1b1b1b", "#f1f3f5"),
    "quiet on panels": ("#4a4f55", "#f1f3f5"),
    "link on panels": ("#0b4f8a", "#f1f3f5"),
}
DARK: Final = {
    "ink": ("#eceef0", "#15181c"),
    "quiet": ("#b6bdc6", "#15181c"),
    "link": ("#8cc4ff", "#15181c"),
    "ink on panels": ("#eceef0", "#23282f"),
    "quiet on panels": ("#b6bdc6", "#23282f"),
    "link on panels": ("#8cc4ff", "#23282f"),
}
"""Text on the page, where a reader's screen is light and where it is dark. Every pair of all three
has a contrast of 4.5 to 1 or more (tested)."""
BARS: Final = {
    "not_met": "#a4161a",
    "partly_met": "#e07b00",
    "met_late": "#ffc857",
    "cannot_tell": "#8b929a",
    "not_yet_due": "#c9d6e8",
    "explained": "#6cc08b",
    "met": "#1c6b3a",
    "red": "#a4161a",
    "amber": "#ffc857",
    "grey": "#8b929a",
    "green": "#1c6b3a",
    "none": "#c9d6e8",
}
"""The parts of bars; the numbers beside each bar say the same."""


def share(count: int, of: int) -> str:
    """A count with its denominator; the percentage only from ten up, and never alone."""
    if of < 10:
        return f"{count} of {of}"
    percent = f"{100 * count / of:.0f}%"
    if 0 < count < of:  # nothing is rounded to none or to all
        percent = {"0%": "under 1%", "100%": "over 99%"}.get(percent, percent)
    return f"{count} of {of} ({percent})"
