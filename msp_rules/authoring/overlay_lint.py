"""Warns of what an overlay may not mean: entries that have ended, change nothing or say too little.

A reason is read by a board, and a waiver is promised to end: both are looked at here, beside the
values. Nothing of it stops an overlay, unless its head requires approval: then a scan or desk does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from msp_rules.authoring.filter_lint import lint_filters
from msp_rules.errors import Problem
from msp_rules.rules import Layered
from msp_rules.rules.citations import STATUTORY
from msp_rules.rules.language.rule import LocalChange, Reasons
from msp_rules.rules.layers.overlay import SET_AS_WRITTEN, Overlay
from msp_rules.yaml_source.nodes import Problems

_YEAR: Final = timedelta(days=366)
_FAR: Final = timedelta(days=731)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_NO_REASONS: Final = frozenset(("tbc", "tba", "tbd", "none", "todo", "xxx", "test", "nil"))


def lint_overlays(layered: Layered, *, today: date | None) -> tuple[Problem, ...]:
    """Lists the warnings of all overlays of a stack; without `today`, none that needs the day."""
    problems = Problems()
    for overlay in layered.overlays:
        if today is not None and overlay.review_by < today:
            message = f"the overlay was due for review by {overlay.review_by}"
            problems.warn(overlay.review_place, "review", message)
        for one in overlay.unapproved:
            problems.warn(one.where, one.code, one.message)
        _lint_texts(overlay, problems)
        for what, reasons in _entries(overlay):
            _lint_reasons(what, reasons, problems)
            if today is not None:
                _lint_days(what, reasons, today, problems)
        _lint_rules(layered, overlay, problems)
    for change in layered.ruleset.changes:
        _lint_change(change, today, problems)
    lint_filters(layered, problems)
    return tuple(sorted(problems.found, key=_file_order))


def _file_order(problem: Problem) -> tuple[str, int, int]:
    where = problem.where
    return (where.path, where.line or 0, where.column or 0)


def _entries(overlay: Overlay) -> Iterator[tuple[str, Reasons]]:
    yield "the overlay", overlay.reasons
    yield from ((f'the waiver "{one.name}"', one.reasons) for one in overlay.waivers)
    yield from ((f'the filter "{one.name}"', one.reasons) for one in overlay.filters)
    yield from ((f"the change of {one.rule.value}", one.reasons) for one in overlay.changes)


def _lint_texts(overlay: Overlay, problems: Problems) -> None:
    for text in overlay.cut:
        message = (
            f'the text ends with "{text.value[-20:]}": after " #" nothing is read; put a text with '
            "# in quotes, and a comment on a line of its own"
        )
        problems.warn(text.where, "cut", message)


def _lint_reasons(what: str, reasons: Reasons, problems: Problems) -> None:
    for key, text in (("because", reasons.because), ("approved_by", reasons.approved_by)):
        words = {word.lower() for word in _WORD.findall(text)}
        if not words - _NO_REASONS:
            message = f'{what}: {key} says "{text}", which is no reason that a board can read'
            if key == "approved_by":
                message = f'{what}: {key} says "{text}", which names nobody'
            problems.warn(reasons.where, "reason", message)


def _lint_days(what: str, reasons: Reasons, today: date, problems: Problems) -> None:
    first, last = reasons.period.first, reasons.period.last
    if last is not None and last < today:
        problems.warn(reasons.where, "expired", f"{what} has expired on {last}")
    elif last is not None and what.startswith("the waiver"):
        begins = first or min(today, reasons.approved_on or today)
        if last - begins > _YEAR:
            message = f"{what} holds until {last}, longer than a year: have it looked at before"
            problems.warn(reasons.where, "long", message)
    if reasons.approved_on is not None and reasons.approved_on > today:
        message = f"{what} was approved on {reasons.approved_on}, which is still to come"
        problems.warn(reasons.where, "approved", message)


def _lint_change(change: LocalChange, today: date | None, problems: Problems) -> None:
    after = re.sub(r" \(.*\)$", "", change.after) if _is_number(change) else change.after
    where = change.reasons.where
    if after == change.before:
        message = f"{change.rule} has {change.key} {after} in the layer below: this changes nothing"
        problems.warn(where, "same", message)
    first = change.period.first
    if today is not None and first is not None and first - today > _FAR:
        message = f"{change.rule}: {change.key} begins on {first}, in more than two years"
        problems.warn(where, "far", message)


def _is_number(change: LocalChange) -> bool:
    return change.key not in ("accepts", *SET_AS_WRITTEN)


def _lint_rules(layered: Layered, overlay: Overlay, problems: Problems) -> None:
    """Warns of a rule that counts as a duty in law, and does not say that it is one."""
    for rule in layered.ruleset.rules:
        is_own = rule.id in overlay.rules
        if is_own and rule.severity.value == STATUTORY and rule.kind != STATUTORY:
            message = (
                f"{rule.id} is {rule.kind}, and would be counted as a legal duty: severity "
                f"{STATUTORY} goes with kind: {STATUTORY}, and that with a citation of law"
            )
            problems.warn(rule.places.get("severity", rule.where), "statutory", message)
