"""Rates how well the values of a place suit a field: dates, labels of codes, texts, or numbers."""

from __future__ import annotations

from typing import Final, NamedTuple

from msp_rules.authoring.mapping.draft.glossary import Answers, Glossary, is_answer
from msp_rules.authoring.mapping.draft.place_profile import Labels, PlaceProfile
from msp_rules.casework.vocabulary import Field, FieldKind

CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
"""The kinds of fields whose values are codes."""
DATED: Final = (FieldKind.DATE, FieldKind.MOMENT)
"""The kinds of fields whose values are dates."""
_NEARLY_ALL: Final = 0.9


class Fit(NamedTuple):
    """The fit of the values of a place to a field."""

    share: float
    """The share of labels that resemble codes; 0.5 where nothing speaks for or against it."""
    separator: str | None = None
    """The text between several labels in one cell; None for one label."""


def fit_of(one: PlaceProfile, known: Field, answers: Answers, glossary: Glossary) -> Fit | None:
    """Rates how well the values of a place suit a field; None where they can't be its values."""
    if known.kind in DATED:
        return Fit(0.5) if one.dates.is_date else None
    if one.dates.is_date or known.kind is FieldKind.REF:
        return Fit(0.5) if known.kind is FieldKind.REF and _has_ids(one) else None
    if known.kind is FieldKind.WHOLE:
        labels = one.whole.known
        return Fit(0.5) if labels and all(text.isdigit() for text in labels) else None
    if known.kind not in CODED:
        return _fit_of_text(one)
    fits = [_fit_of_labels(one.whole, known, answers, glossary, None)]
    if known.may_repeat:
        fits += [
            _fit_of_labels(labels, known, answers, glossary, mark)
            for mark, labels in one.split.items()
        ]
    return max((one for one in fits if one is not None), key=lambda fit: fit.share, default=None)


def _has_ids(one: PlaceProfile) -> bool:
    return not one.has_text and not all(is_answer(text) for text in one.whole.known)


def _fit_of_text(one: PlaceProfile) -> Fit | None:
    labels = one.whole.known
    if labels and all(is_answer(text) or text.isdigit() for text in labels):
        return None
    is_like_codes = bool(labels) and 2 * len(labels) < one.values
    return Fit(0.0 if is_like_codes else 0.5)


def _fit_of_labels(
    labels: Labels, known: Field, answers: Answers, glossary: Glossary, separator: str | None
) -> Fit | None:
    if labels.is_full or not labels.known:
        return None
    if known.kind is FieldKind.FLAG:
        share = sum(is_answer(text) for text in labels.known) / len(labels.known)
        return Fit(0.5 * share, separator) if share >= _NEARLY_ALL else None
    found = [glossary.code_of(text, known, answers) for text in labels.known]
    share = sum(code is not None for code in found) / len(found)
    if all(is_answer(text) for text in labels.known):
        share /= 2  # yes and no may answer any question
        return Fit(share, separator) if share else None
    return Fit(share, separator)
