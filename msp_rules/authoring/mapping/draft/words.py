"""Guesses what a vendor's words mean: names of forms and columns, labels, and dates.

Nothing is known about any product: a guess is based on how similar a name is to the words of the
vocabulary, and on the forms that the dates at one place fit. Every guess is marked as one in the
draft.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Final

from msp_rules.casework.vocabulary import Field, Vocabulary
from msp_rules.rules.language.wording import bare_event_noun, field_label

CASE_WORDS: Final = frozenset({"case", "referral", "episode", "safeguarding"})
"""Words in the name of a record that suggest a case."""
PERSON_WORDS: Final = frozenset(
    (
        *("person", "client", "adult", "individual", "patient"),
        *("citizen", "resident", "customer", "user"),
    )
)
"""Words in the name of a place that suggest a person."""
PRIVATE_WORDS: Final = frozenset(
    (
        *("name", "surname", "forename", "firstname", "lastname", "address", "postcode", "phone"),
        *("mobile", "email", "dob", "birth", "nhs", "author", "worker", "officer", "by", "gp"),
        *("keyworker", "note", "notes", "comment", "comments", "description", "narrative"),
        *("details", "summary"),
    )
)
"""Words in the name of a place that suggest identifying data or free text."""


def words_of(name: str, *, keeps_plain: bool = False) -> frozenset[str]:
    """Splits a name into words in lower case and singular, without those that carry no meaning."""
    parts = [part.lower() for part in _PART.findall(plain_word(name))]
    words = frozenset(_singular(part) for part in parts)
    return words if keeps_plain else words - _PLAIN


def plain_word(name: str) -> str:
    """Gives the name of an attribute, or of the column that it replaces."""
    if not name.startswith(_COLUMN):
        return name
    written = name.removeprefix(_COLUMN)
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)) if found[1] else "_", written)


def column_name(column: str) -> str:
    """Writes a column's name, which may hold anything, as that of an attribute in XML.

    `plain_word` undoes it.
    """
    return _COLUMN + "".join(map(_written, column))


def _written(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    return "__" if letter == "_" else f"_x{ord(letter):x}_"


def is_private(name: str) -> bool:
    """Tells whether a name suggests that a place holds personal data or free text."""
    return bool(words_of(name, keeps_plain=True) & (PRIVATE_WORDS | PERSON_WORDS))


def nearest_event(name: str, vocabulary: Vocabulary) -> str | None:
    """Finds the event type that a name most likely means; None where none is similar enough."""
    words = words_of(name)
    scores = {kind: _score(words, known) for kind, known in _event_words(vocabulary).items()}
    best = max(scores, key=lambda kind: scores[kind], default=None)
    return best if best is not None and scores[best] >= _EVENT_ENOUGH else None


def nearest_field(name: str, fields: Iterable[Field]) -> Field | None:
    """Finds the field that a name most likely means; None where none is similar enough."""
    scored = [(nearness(name, field), field) for field in fields]
    best = max(scored, key=lambda row: row[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def nearness(name: str, field: Field, event_type: str = "") -> float:
    """Rates how similar a name is to a field (and to its event type); 0 means not similar."""
    words = words_of(name)
    about = words & words_of(event_type)
    score = max(_field_score(words, field), _field_score(words - about, field))
    return score + len(about) / 10 if score >= _FIELD_ENOUGH else 0


@lru_cache(maxsize=65_536)
def nearest_code(label: str, codes: tuple[str, ...]) -> str | None:
    """Finds the code that a label most likely means; None where none is similar enough."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    known = list(codes)
    if plain in known:
        return plain
    words = words_of(label, keeps_plain=True)
    within = [code for code in known if words_of(code, keeps_plain=True) <= words]
    if within:
        return max(within, key=len)
    around = [code for code in known if words and words <= words_of(code, keeps_plain=True)]
    if len(around) == 1:
        return around[0]
    found = difflib.get_close_matches(plain, known, n=1, cutoff=0.75)
    return found[0] if found else None


_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PLAIN: Final = frozenset(
    (
        *("row", "record", "item", "entry", "form", "event", "data", "set", "list", "table"),
        *("the", "a", "an", "of", "to", "and", "on", "at", "it", "its"),
        *("z", "t", "q", "sg", "value", "text", "label"),
    )
)
"""Words of a name that carry no meaning."""
_COLUMN: Final = "_column_"
_WRITTEN: Final = re.compile(r"_(?:_|x([0-9a-f]+)_)")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


_SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "concern_raised": ("alert", "referral", "received"),
    "outcomes_conversation": ("talk", "conversation", "discussion", "wishes", "asked"),
    "s42_decided": ("decision", "threshold", "screening", "triage"),
    "enquiry_started": ("enquiry", "investigation", "start"),
    "case_closed": ("closure", "closed", "close", "end", "ended"),
    "capacity_assessed": ("capacity", "mca"),
    "risk_assessed": ("risk",),
    "plan_made": ("plan", "protection"),
    "plan_reviewed": ("review",),
    "meeting_held": ("meeting", "conference", "strategy"),
    "advocate_status": ("advocate", "advocacy"),
    "experience_feedback": ("feedback", "survey"),
    "contact_with_adult": ("contact", "visit"),
    "outcome_expressed": ("outcome", "wish"),
}
"""Other words of practitioners for the same thing."""
_NEAR: Final = 0.85
_EVENT_ENOUGH: Final = 0.5
_FIELD_ENOUGH: Final = 0.65


def _event_words(vocabulary: Vocabulary) -> Mapping[str, tuple[frozenset[str], ...]]:
    return _all_event_words(tuple(vocabulary.events))


@cache
def _all_event_words(kinds: tuple[str, ...]) -> Mapping[str, tuple[frozenset[str], ...]]:
    return {
        kind: (words_of(kind), words_of(bare_event_noun(kind)))
        + tuple(frozenset({word}) for word in _SAME.get(kind, ()))
        for kind in kinds
    }


def _score(words: frozenset[str], known: Iterable[frozenset[str]]) -> float:
    return max((_shared(words, one) for one in known), default=0)


def _field_score(words: frozenset[str], field: Field) -> float:
    return max(
        _shared(words, words_of(field.name)), _shared(words, words_of(field_label(field.name)))
    )


def _shared(words: frozenset[str], known: frozenset[str]) -> float:
    """Gives the share of words on both sides that have a similar word on the other side."""
    if not words or not known:
        return 0
    here = sum(any(_is_near(one, other) for other in known) for one in words)
    there = sum(any(_is_near(one, other) for other in words) for one in known)
    return (here + there) / (len(words) + len(known))


@lru_cache(maxsize=65_536)
def _is_near(one: str, other: str) -> bool:
    return one == other or difflib.SequenceMatcher(None, one, other).ratio() >= _NEAR


class DateForms:
    """Counts, over the first values of a place, which date forms each of them fits."""

    def __init__(self) -> None:
        self._seen = 0
        self._fits: Counter[str] = Counter()
        self._iso = 0
        self._tried: tuple[str, ...] = ()

    def add(self, text: str) -> None:
        """Counts one value that is not empty."""
        if self._seen >= _LOOKED_AT:
            return
        self._seen += 1
        if not _SHORTEST <= len(text) <= _LONGEST or _LIKE_A_DATE.fullmatch(text) is None:
            return
        if _is_iso(text):
            self._iso += 1
            if len(text) > _ISO_DATE:
                return
        fitting = [form for form in self._tried or _FORMS if _fits(text, form)]
        if not fitting and self._tried:
            fitting = [form for form in _FORMS if _fits(text, form)]
        self._tried = tuple(dict.fromkeys((*self._tried, *fitting)))
        self._fits.update(fitting)

    @property
    def is_date(self) -> bool:
        """Tells whether nearly all values are dates of one form."""
        return self._seen > 0 and self._best_count() >= _ENOUGH * self._seen

    @property
    def is_iso_time(self) -> bool:
        """Tells whether they are in ISO form, some with a time, so that no format is needed."""
        return self.is_date and self._iso > max(self._fits.values(), default=0)

    @property
    def form(self) -> str | None:
        """Gives the likeliest format, day before month where both fit; None for ISO date-times."""
        if not self.is_date or self.is_iso_time:
            return None
        best = max(self._fits.values())
        return next(form for form in _FORMS if self._fits[form] == best)

    @property
    def is_ambiguous(self) -> bool:
        """Tells whether every value would fit with day and month swapped, too."""
        form = self.form
        for day, swapped in _SWAPPED.items():
            if form is not None and form.startswith(day):
                return self._fits[form.replace(day, swapped)] == self._fits[form]
        return False

    @property
    def misfits(self) -> int:
        """Counts the values, among those tried, that do not fit the likeliest form."""
        return self._seen - self._best_count()

    def _best_count(self) -> int:
        return max(self._iso, max(self._fits.values(), default=0))


_DAYS: Final = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d"),
)
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMS: Final = tuple(f"{day}{time}" for day in _DAYS for time in _TIMES)
_LIKE_A_DATE: Final = re.compile(
    r"[\d/.: T+Z-]*\d[\d/.: T+Z-]*|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}.{0,12}"
)
_SHORTEST, _LONGEST = 6, 32
_ISO_DATE: Final = 10
_LOOKED_AT: Final = 2_000
_ENOUGH: Final = 0.9
_SWAPPED: Final = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}


def _is_iso(text: str) -> bool:
    if text[4] != "-" or (len(text) > _ISO_DATE and text[_ISO_DATE] != "T"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fits(text: str, form: str) -> bool:
    try:
        read = datetime.strptime(text, form)  # noqa: DTZ007 - only whether it fits is asked
    except ValueError:
        return False
    # Case numbers of eight digits fit %Y%m%d, too: no record of these systems is that old or young.
    return date(1900, 1, 1) <= read.date() <= date(2100, 12, 31)
