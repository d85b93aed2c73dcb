"""Looks up what names and labels may mean in the words of the vocabulary.

`field_words.yaml` lists the words of practitioners, forms and case systems for kinds of event,
fields and codes. The vocabulary's own names are added to them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from msp_rules.authoring.mapping.draft.words import likeness, stems_of, word_list
from msp_rules.casework.vocabulary import Field, Vocabulary
from msp_rules.rules.language.wording import bare_event_noun, field_label

Answers = Mapping[str, str]
"""The codes that yes and no mean."""
_NO_ANSWERS: Final[Answers] = {}


class Target(NamedTuple):
    """A thing that a name may mean: a kind of event, or a field of one (or of case or adult)."""

    event: str
    """The event type, or `case` or `adult`."""
    field: str | None = None
    """The field; None for the event itself."""
    is_short: bool = False
    """True if the words mean the field only where the event is known otherwise."""


class Meaning(NamedTuple):
    """The fit of a name to a target."""

    score: float
    """From 0 to 1."""
    answers: Answers = _NO_ANSWERS
    """The codes that yes and no mean, where the words are a question."""


class _Phrase(NamedTuple):
    stems: tuple[str, ...]
    target: Target
    answers: Answers


@dataclass(slots=True)
class Glossary:
    """Everything that the draft knows of words."""

    phrases: list[_Phrase] = field(default_factory=list)
    """The words, each with what they mean."""
    follows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The event types whose date an event shares where it has none of its own."""
    ends: set[str] = field(default_factory=set)
    """The event types that a record's last date is that of."""
    exact: dict[tuple[str, ...], Target] = field(default_factory=dict)
    """The targets whose names in the vocabulary are just these words."""
    answers_to: dict[Target, Answers] = field(default_factory=dict)
    """The codes that yes and no mean where a field is a question."""
    takes_notes: set[tuple[str, str]] = field(default_factory=set)
    """The field of each event type that holds what a record of it says in words."""
    labels: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    """For each list of codes, the code of each label, by its stems."""
    _by_stem: dict[str, list[int]] = field(default_factory=dict)
    _weights: dict[str, float] = field(default_factory=dict)
    _near: dict[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)

    def meanings(self, name: str) -> dict[Target, Meaning]:
        """Rates everything that a name may mean; what is not near is left out."""
        stems = stems_of(name)
        near = {stem: self._near_stems(stem) for stem in stems}
        at = {one for found in near.values() for other, _ in found for one in self._by_stem[other]}
        best: dict[Target, Meaning] = {}
        exact = self.exact.get(tuple(word_list(name)))
        if exact is not None:
            best[exact] = Meaning(1, self.answers_to.get(exact, _NO_ANSWERS))
        for index in at:
            phrase = self.phrases[index]
            score = self._score(near, phrase)
            if score >= _ENOUGH and score > best.get(phrase.target, _NOTHING).score:
                best[phrase.target] = Meaning(score, phrase.answers)
        return best

    def event_of(self, name: str, vocabulary: Vocabulary) -> tuple[str | None, float]:
        """Finds the event type that a name most likely means, and how well it fits."""
        found = [
            (one.score, target.event)
            for target, one in self.meanings(name).items()
            if target.field is None and target.event in vocabulary.events
        ]
        score, event = max(found, default=(0.0, None))
        return event, score

    def code_of(self, label: str, wanted: Field, answers: Answers = _NO_ANSWERS) -> str | None:
        """Finds the code that a label most likely means; None where none is near enough."""
        found = answer_of(label)
        if found is not None and found in answers:
            code = answers[found]
            return code if code in wanted.codes else None
        return _code_of(self, label, wanted.codes, wanted.enum or "yes_no_unknown")

    def _near_stems(self, stem: str) -> tuple[tuple[str, float], ...]:
        found = self._near.get(stem)
        if found is None:
            rated = ((other, likeness(stem, other)) for other in self._by_stem)
            found = self._near[stem] = tuple((other, rate) for other, rate in rated if rate > 0)
        return found

    def _score(self, near: Mapping[str, tuple[tuple[str, float], ...]], words: _Phrase) -> float:
        """Rates how much of a phrase stands in a name, and how much of the name in the phrase."""
        phrase = words.stems
        given: dict[str, float] = {}
        said = whole = 0.0
        for found in near.values():
            fits = [(rate, other) for other, rate in found if other in phrase]
            rate, other = max(fits, default=(0.0, ""))
            weight = self._weights[other] if fits else _UNKNOWN_WEIGHT * bool(found or near)
            whole += weight
            said += weight * rate
            for rate, other in fits:
                given[other] = max(given.get(other, 0), rate)
        asked = sum(self._weights[one] for one in phrase)
        recall = sum(self._weights[one] * rate for one, rate in given.items()) / asked
        least = _LEAST_PRECISION_OF_SHORT if words.target.is_short else _LEAST_PRECISION
        if recall < _LEAST_RECALL or said < least * whole:
            return 0
        return _RECALL_COUNTS * recall + (1 - _RECALL_COUNTS) * said / whole

    def add(self, target: Target, words: Iterable[str], answers: Answers) -> None:
        """Adds words for a target."""
        for one in words:
            if stems := stems_of(one):
                self.phrases.append(_Phrase(stems, target, answers))

    def index(self) -> None:
        """Weighs the stems: the fewer phrases have one, the more it says."""
        seen = Counter(stem for phrase in self.phrases for stem in phrase.stems)
        total = len(self.phrases)
        self._weights = {stem: math.log(1 + total / count) for stem, count in seen.items()}
        for index, phrase in enumerate(self.phrases):
            for stem in phrase.stems:
                self._by_stem.setdefault(stem, []).append(index)


_NOTHING: Final = Meaning(0)
_ENOUGH: Final = 0.4
_LEAST_RECALL: Final = 0.65
_LEAST_PRECISION: Final = 0.4
_LEAST_PRECISION_OF_SHORT: Final = 0.5
"""The share of a name that short words must be: in a sentence they stand for much else."""
_RECALL_COUNTS: Final = 0.6
_UNKNOWN_WEIGHT: Final = 2.0
_YES: Final = frozenset({"yes", "y", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})
_NEITHER: Final = frozenset(
    (
        *("not known", "unknown", "don't know", "dont know", "not sure", "not certain", "n/a"),
        *("na", "not applicable", "not recorded", "unsure", "?"),
    )
)


def answer_of(label: str) -> str | None:
    """Tells whether a label is a plain yes or no; None for any other."""
    plain = label.strip().lower()
    if plain in _YES:
        return "yes"
    return "no" if plain in _NO else None


def is_answer(label: str) -> bool:
    """Tells whether a label answers a question with yes, no or not known."""
    return answer_of(label) is not None or label.strip().lower() in _NEITHER


@lru_cache(maxsize=65_536)
def _code_of_stems(pairs: tuple[tuple[tuple[str, ...], str], ...], stems: frozenset[str]) -> str:
    """Finds the code whose words are all in a label, or hold all of its words; empty for none."""
    within = [(len(words), code) for words, code in pairs if words and stems.issuperset(words)]
    if within:
        most = max(within)[0]
        codes = {code for count, code in within if count == most}
        return codes.pop() if len(codes) == 1 else ""
    around = {code for words, code in pairs if stems and stems.issubset(words)}
    return around.pop() if len(around) == 1 else ""


def _code_of(glossary: Glossary, label: str, codes: tuple[str, ...], enum: str) -> str | None:
    known = glossary.labels.get(enum, {})
    plain = label.strip().lower()
    stems = label_stems(label)
    if plain.replace(" ", "_") in codes:
        return plain.replace(" ", "_")
    exact = known.get(stems)
    if exact is not None:
        return exact if exact in codes else None
    if answer_of(label) is not None or not stems:
        return None
    pairs = tuple((words, code) for words, code in known.items() if code in codes)
    return _code_of_stems(pairs, frozenset(stems)) or None


def label_stems(label: str) -> tuple[str, ...]:
    """Gives the words of a label for comparison: all of them, without endings, in order."""
    return tuple(dict.fromkeys(_label_words(label)))


def _label_words(label: str) -> Iterator[str]:
    text = label.lower().replace("'", "").replace("\u2019", "")
    for part in "".join(one if one.isalnum() else " " for one in text).split():
        found = stems_of(part)
        yield found[0] if found else part


def load_glossary(vocabulary: Vocabulary) -> Glossary:
    """Gives the words for a vocabulary."""
    return _glossary(tuple(vocabulary.events), _Held(vocabulary))


class _Held:
    """Carries a vocabulary past a cache whose key its event types are."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@cache
def _glossary(_: tuple[str, ...], held: _Held) -> Glossary:
    words = field_words()
    glossary = Glossary()
    for event, said in words["events"].items():
        glossary.follows[event] = tuple(said.get("follows", ()))
        if said.get("ends"):
            glossary.ends.add(event)
        glossary.add(Target(event), said["names"], _NO_ANSWERS)
        for name, about in said.get("fields", {}).items():
            _add_field(glossary, Target(event, name), about)
            if "notes" in about.get("short", ()):
                glossary.takes_notes.add((event, name))
    for group in ("case", "adult"):
        for name, about in words[group].items():
            _add_field(glossary, Target(group, name), about)
    for event, kind in held.vocabulary.events.items():
        glossary.add(Target(event), (event, bare_event_noun(event)), _NO_ANSWERS)
        glossary.exact[tuple(word_list(f"{event} date"))] = Target(event)
        for name in kind.fields:
            glossary.exact[tuple(word_list(f"{event} {name}"))] = Target(event, name)
            label = field_label(name)
            glossary.add(Target(event, name, is_short=True), (name, label), _NO_ANSWERS)
    glossary.index()
    _add_labels(glossary, words["codes"], held.vocabulary)
    return glossary


def _add_field(glossary: Glossary, target: Target, about: Mapping[str, Any]) -> None:
    answers = about.get("answers", _NO_ANSWERS)
    glossary.answers_to[target] = answers
    glossary.add(target, about.get("words", ()), answers)
    glossary.add(target._replace(is_short=True), about.get("short", ()), answers)
    for asked in about.get("asks", ()):
        glossary.add(target, asked["words"], asked["answers"])


def _add_labels(
    glossary: Glossary, words: Mapping[str, Mapping[str, list[str]]], vocabulary: Vocabulary
) -> None:
    for enum, codes in vocabulary.enums.items():
        known = glossary.labels.setdefault(enum, {})
        said = words.get(enum) or (words["referrer_type"] if enum == "agency_type" else {})
        for code in codes:
            for label in (*said.get(code, ()), code.replace("_", " ")):
                known[label_stems(label)] = code


@cache
def field_words() -> Mapping[str, Any]:
    """Reads the file of words."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only a draft needs it

    folder = resources.files("msp_rules.authoring.mapping.draft")
    loaded: Mapping[str, Any] = YAML(typ="safe").load(
        folder.joinpath("field_words.yaml").read_text("utf-8")
    )
    return loaded
