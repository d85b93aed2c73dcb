"""Locks a ruleset: records the meaning of each rule at its revision, also of removed rules.

The lock keeps two promises. A rule never changes its meaning silently: a new meaning has a new
revision and a line in the changelog. An id is never reused: a rule that was removed stays here as
retired, and its id comes back with the meaning it had, or not at all.

The meaning of a rule is one hash: what it asks, by when, with what severity, in which words. Files
that say the same have the same hash: comments, examples, places, the order of keys, the words of
`why` and `counts`, and `asked: x` written as `asked: [x]` make no difference. A concept that a rule
uses is part of it, with all that it holds; status, review date and revision are not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Final

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.rule import Rule, Ruleset
from msp_rules.yaml_source.nodes import Problems

FORM: Final = 1
"""The form in which meaning is hashed; another form gives the same rules other hashes."""

_NO_MEANING: Final = frozenset(
    {"id", "status", "status_reason", "review_by", "revision", "examples", "where"}
    | {"earlier", "newest_from"}  # they follow from the parameters
    | {"why", "counts"}  # they say in other words what the rest means
)


_SINCE_FORM_1: Final = frozenset({"partly_colour", "touches", "period"})
"""Parts that were added to the language later: where left out, they do not affect the hash."""


def meaning_of(rule: Rule) -> str:
    """Hashes a rule's meaning, as 32 hexadecimal digits."""
    parts = {
        one.name: _plain(getattr(rule, one.name))
        for one in fields(rule)
        if one.compare
        and one.name not in _NO_MEANING
        and not (one.name in _SINCE_FORM_1 and getattr(rule, one.name) == one.default)
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: object) -> Any:
    """Gives a part as JSON, without new optional parts that are at their default."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            one.name: _plain(getattr(value, one.name))
            for one in fields(value)
            if one.compare and not _is_without_meaning(getattr(value, one.name), one)
        }
        return {type(value).__name__: parts}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, frozenset):
        return sorted(_plain(part) for part in value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _is_without_meaning(value: object, one: Field[Any]) -> bool:
    """Tells whether a part is only a place in a file, or is at the default of a later part."""
    if isinstance(value, SourceLocation):
        return True
    return one.default is not MISSING and bool(value == one.default)


LOCK_NAME: Final = "rules.lock"
CHANGELOG_NAME: Final = "CHANGELOG.md"
_HEAD: Final = """\
# Written by "msp-rules lock": rule, revision, and hash of its meaning. Do not edit.
form {form}
"""
_FORM: Final = re.compile(r"form (\d+)")
_ROW: Final = re.compile(r"(\S+) ([1-9]\d*) ([0-9a-f]{32})( retired)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRule:
    """One line of a lock."""

    id: str
    """The id of the rule."""
    revision: int
    """The number of its revision, from 1."""
    meaning: str
    """The hash of its meaning, as 32 hexadecimal digits."""
    is_retired: bool = False
    """True where the rule is no longer in the ruleset."""

    def __str__(self) -> str:
        return f"{self.id} {self.revision} {self.meaning}{' retired' if self.is_retired else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The locked rules by id; hashes of another `form` can't be compared with today's."""

    form: int
    """The number of the form in which the meanings were hashed."""
    rules: Mapping[str, LockedRule]
    """The locked rules by id, retired ones included."""


def read_lock(folder: Path, problems: Problems) -> Lock | None:
    """Reads the lock of a ruleset; None where it is missing or can't be read."""
    path, shown = folder / LOCK_NAME, f"{folder.name}/{LOCK_NAME}"
    if not path.exists():
        return None
    rules: dict[str, LockedRule] = {}
    form, is_sound = None, True
    for number, line in enumerate(_lines(path, shown, problems), start=1):
        if not line or line.startswith("#"):
            continue
        where = SourceLocation(path=shown, line=number)
        head, row = _FORM.fullmatch(line), _ROW.fullmatch(line)
        if head is not None and form is None:
            form = int(head[1])
        elif row is None or row[1] in rules:
            message = "not a line of a lock, or a repeated one; restore the committed file"
            problems.error(where, "lock", message)
            is_sound = False
        else:
            rules[row[1]] = LockedRule(
                id=row[1], revision=int(row[2]), meaning=row[3], is_retired=row[4] is not None
            )
    if form is None and is_sound:
        problems.error(SourceLocation(path=shown, line=1), "lock", 'the line "form N" is missing')
    return Lock(form=form, rules=rules) if form is not None and is_sound else None


def lock_of(ruleset: Ruleset, earlier: Lock | None) -> Lock:
    """Locks a ruleset as it stands; ids of the earlier lock that are gone are retired."""
    rules = {
        rule.id: LockedRule(id=rule.id, revision=rule.revision, meaning=meaning_of(rule))
        for rule in ruleset.rules
    }
    for old in earlier.rules.values() if earlier is not None else ():
        if old.id not in rules:
            rules[old.id] = LockedRule(
                id=old.id, revision=old.revision, meaning=old.meaning, is_retired=True
            )
    return Lock(form=FORM, rules=dict(sorted(rules.items())))


def lock_text(lock: Lock) -> str:
    """Writes a lock as its file holds it."""
    rows = "".join(f"{rule}\n" for rule in lock.rules.values())
    return _HEAD.format(form=lock.form) + rows


def check_against_lock(
    ruleset: Ruleset, lock: Lock | None, folder: Path, problems: Problems
) -> None:
    """Notes every rule that breaks a promise of the lock; `msp-rules lock` refuses these."""
    log = folder / CHANGELOG_NAME
    shown = f"{folder.name}/{CHANGELOG_NAME}"
    lines = _lines(log, shown, problems) if log.exists() else []
    for rule in ruleset.rules:
        old = lock.rules.get(rule.id) if lock is not None else None
        if lock is not None and old is not None:
            _check_rule(rule, old, problems, has_same_form=lock.form == FORM)
        if rule.revision > 1 and not _is_named(rule, lines):
            message = (
                f"{rule.id} is at revision {rule.revision}; add a line to {shown} that names it, "
                f'as in "{rule.id}, revision {rule.revision}: what changed"'
            )
            problems.error(rule.places.get("revision", rule.where), "changelog", message)


def _check_rule(rule: Rule, old: LockedRule, problems: Problems, *, has_same_form: bool) -> None:
    where = rule.places.get("revision", rule.where)
    is_changed = has_same_form and meaning_of(rule) != old.meaning
    if old.is_retired and (not has_same_form or is_changed or rule.revision != old.revision):
        message = (
            f"{rule.id} was retired, and an id is never reused; give the new rule an id of its own"
        )
        problems.error(where, "reused", message)
    elif rule.revision < old.revision:
        message = (
            f"{rule.id} is locked at revision {old.revision}; a revision never goes back "
            f"(here: {rule.revision})"
        )
        problems.error(where, "revision", message)
    elif is_changed and rule.revision == old.revision:
        message = (
            f"{rule.id} no longer means what it meant at revision {old.revision}; write "
            f'"revision: {old.revision + 1}" into it, say in {CHANGELOG_NAME} what changed, and '
            'run "msp-rules lock"'
        )
        problems.error(where, "changed", message)


def stale_lines(ruleset: Ruleset, lock: Lock | None) -> tuple[str, ...]:
    """Says what the lock does not hold yet; empty where it is current."""
    wanted = lock_of(ruleset, lock)
    if lock is None:
        return (f"there is no {LOCK_NAME}",)
    if lock.form != FORM:
        return (f"it is in form {lock.form}, and this version writes form {FORM}",)
    found = []
    for rule in wanted.rules.values():
        old = lock.rules.get(rule.id)
        if old is None:
            found.append(f"{rule.id} is new")
        elif rule.is_retired and not old.is_retired:
            found.append(f"{rule.id} is gone, and its id has to be kept as retired")
        elif rule != old:
            found.append(f"{rule.id} is at revision {rule.revision}, locked is {old.revision}")
    if not found and list(lock.rules) != list(wanted.rules):
        found.append("its lines are not in order")
    return tuple(found)


def _is_named(rule: Rule, lines: list[str]) -> bool:
    words = re.compile(rf"(?<![\w-]){re.escape(rule.id)}, revision {rule.revision}(?!\d)")
    return any(words.search(line) for line in lines)


def _lines(path: Path, shown: str, problems: Problems) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        problems.error(SourceLocation(path=shown), "unreadable", "can't be read as text")
        return []
