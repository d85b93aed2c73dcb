"""Warns of owners of actions that look like a person's name: an action is a role's to see to.

A role outlasts whoever holds it, and a report that goes round names nobody. The test is a plain
one and may be wrong both ways: it misses a first name alone, names in lower case and a name behind
a role without a comma or bracket, and it may take two uncommon words of a team for a person. So it
warns and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msp_rules.audit.case_file.ratings import AuditRatings, CaseRatings, QuestionRatings

_TITLES: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|cllr|sir|dame)\b\.?\s+\w", re.I
)
_ADDRESS: Final = re.compile(r"\S@\S")
_BETWEEN: Final = re.compile(r"[,;:/&+()\[\]\n]|\s[-–—]\s|\band\b|\bor\b|\bwith\b")
_MARKS: Final = frozenset(".’'-")
_MOST_WORDS: Final = 4
"""Names have two to four words; one alone may be a place or a team as well."""
_WORDS_OF_ROLES: Final = frozenset(
    re.findall(
        r"\w+",
        """
    adult adults advocacy advocate agencies agency allied and assessor assistant assurance audit
    auditor board borough business care carer carers centre chair city clinical coach commissioner
    commissioning commissioners community consultant contract contracts coordinator council county
    dementia deputy desk development director district duty east emergency enquiry executive
    faculty general group head health home hospital hub icb improvement independent infirmary
    integrated interim lead leader learning liaison local manager mash matron medical member mental
    minute minutes named national network nhs north nurse nursing occupational officer operational
    operations panel partner partners partnership performance physician police policy practice
    practitioner principal professional programme provider quality records reviewing risk royal
    safeguarding scrutiny secretary senior service services sister social south specialist staff
    standards strategic subgroup supervisor support systems taker team teams therapist therapy
    trainer training trust unit university volunteer ward west worker workforce
        """,
    )
)


def looks_like_a_name(owner: str) -> bool:
    """Says whether a text names a person, as far as its form tells.

    >>> looks_like_a_name("Priya Shah, team manager")
    True
    >>> looks_like_a_name("Team manager, hospital social work")
    False
    """
    if _TITLES.search(owner) or _ADDRESS.search(owner):
        return True
    return any(_is_a_name(part.split()) for part in _BETWEEN.split(owner))


def owner_warnings(audit: AuditRatings) -> Iterator[str]:
    """Names the places of owners that look like a person's name, without repeating them."""
    for case, ratings in owners_to_rename(audit):
        yield (
            f"{case.agency}, Case {case.number}, {ratings.question}: the owner looks like a "
            "person's name; name a role"
        )


def owners_to_rename(audit: AuditRatings) -> Iterator[tuple[CaseRatings, QuestionRatings]]:
    """Finds the actions whose owner looks like a person's name."""
    for case in audit.cases:
        for ratings in case.questions:
            if ratings.action is not None and looks_like_a_name(ratings.action.owner):
                yield case, ratings


def _is_a_name(words: list[str]) -> bool:
    if not 2 <= len(words) <= _MOST_WORDS:
        return False
    if any(word.strip(".’'").casefold() in _WORDS_OF_ROLES for word in words):
        return False
    return all(map(_is_name_word, words))


def _is_name_word(word: str) -> bool:
    """Recognises a capitalised word or an initial; letters that are all capitals are an acronym."""
    is_written_so = all(letter.isalpha() or letter in _MARKS for letter in word)
    return is_written_so and word[0].isupper() and (len(word.strip(".")) == 1 or not word.isupper())
