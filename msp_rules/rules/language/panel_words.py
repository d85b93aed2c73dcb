"""Lists the fixed words of the prompt panel, and tells in which direction a language is written.

The English text is the key, as of the words of cards; `msp_rules/service/panel/msp-prompts.js` says
these texts, and no other.
"""

from __future__ import annotations

from typing import Final

PANEL_TEXTS: Final = (
    # The questions
    "Questions on this case",
    "Urgent",
    "Important",
    "Overdue",
    "Due soon",
    "Asked again",
    "New questions:",
    # What a worker may do
    "I will record it",
    "Put off",
    "Give a reason",
    "Noted",
    "Keep it in the list",
    "Why this question?",
    "Try again",
    "Cancel",
    "Close",
    # The forms
    "Ask again on",
    "At the latest on {day}.",
    "Choose a day.",
    "Choose a day after today.",
    "Choose a day that is not later than {day}.",
    "Why is it not needed now?",
    "A few words on it",
    "They stay in your case system: they are not sent to the prompt service.",
    "Look at it again on",
    "Give this reason",
    "Choose a reason.",
    "Write a few words.",
    # What became of an answer
    "Promised. It is asked again if the record stays silent.",
    "Promised. It is asked again on {day} if the record stays silent.",
    "Put off.",
    "Put off until {day}.",
    "Noted.",
    "The reason is given. It counts once it is in the record.",
    "The reason is given. It explains nothing to an auditor.",
    "It lacks: {what}.",
    "a few words",
    "a day to look at it again",
    # What became of a question elsewhere
    "It is settled, or not asked any more.",
    "It is settled, or held back while others are more pressing.",
    "Answered elsewhere.",
    "Promised elsewhere.",
    "Put off elsewhere until {day}.",
    # The whole
    "There is nothing to ask here now.",
    "Held back for now: {number}",
    "Promised: {number}",
    "Put off: {number}",
    "Could not be judged: {number}",
    "Nothing is held on this case.",
    # The service
    "The questions are being fetched.",
    "The prompt service is slow to answer.",
    "There is no connection to the prompt service. It is tried again.",
    "The prompt service is busy. It is tried again.",
    "The prompt service does not accept this sign-in. Sign in again.",
    "The prompt service does not take this answer: check it, and send it again.",
    "The prompt service can't answer. Tell whoever looks after it.",
    "It could not be sent. Nothing is lost: send it again.",
    "What stands here is as of {time}.",
    "This question is not open any more.",
    "This question has to be answered with a reason.",
)
"""Every text of the panel."""

# ISO 15924: the scripts that are written from right to left, and the languages (ISO 639) that are
# written in one of them where their tag names no script.
_SCRIPTS: Final = frozenset(
    ("adlm", "arab", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi")
)
_LANGUAGES: Final = frozenset(
    (
        *("ar", "ckb", "dv", "fa", "glk", "he", "iw", "ks", "lrc", "mzn", "nqo", "pnb", "ps"),
        *("sd", "skr", "syr", "ug", "ur", "yi"),
    )
)


def is_right_to_left(language: str) -> bool:
    """Tells whether a language, named by a tag of BCP 47, is written from right to left."""
    first, *others = language.casefold().split("-")
    scripts = [one for one in others if len(one) == 4 and one.isalpha()]
    return scripts[0] in _SCRIPTS if scripts else first in _LANGUAGES
