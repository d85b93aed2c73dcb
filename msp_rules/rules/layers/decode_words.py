"""Decodes an overlay's links, its names of roles, and its words in other languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msp_rules.errors import SourceLocation
from msp_rules.rules.language.catalogue import fixed_words, placeholders
from msp_rules.rules.language.decode_rule import FINDING_TEXT, SUMMARY_TEXT, WORDS_FOR_WORKERS
from msp_rules.rules.language.names import WHOLE, Names
from msp_rules.rules.language.rule import RuleWords
from msp_rules.yaml_source.decode import (
    TEXT,
    Context,
    Entry,
    Record,
    Shape,
    as_block,
    as_text,
    checked,
    list_of_sound,
    needed,
    optional,
    optional_or,
    read_entries,
    written,
)
from msp_rules.yaml_source.json_schema import Schema
from msp_rules.yaml_source.nodes import Items, Node, Text

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")
_TAG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkText:
    """A link whose rules are not looked up yet."""

    rules: tuple[Text, ...]
    """The ids of the rules; empty: all."""
    label: str
    """The words of the link."""
    url: str
    """The whole address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedWords:
    """Words of a rule that is not looked up yet, and the revision for which they were written."""

    rule: Text
    """The id of the rule."""
    revision: Text
    """The revision."""
    words: RuleWords
    """The words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageText:
    """The words of an overlay in one language."""

    language: str
    """The tag of the language."""
    rules: tuple[PinnedWords, ...]
    """The words of rules."""
    texts: Mapping[str, str]
    """The fixed words, by their English."""
    roles: Mapping[str, str]
    """The names of worker roles, by code."""


def _url(text: str, where: SourceLocation, names: Context) -> str:
    if not _URL.fullmatch(text):
        names.refuse(where, "url", "write the whole address, as in https://www.example.org/page")
    return text


def _tag(text: str, where: SourceLocation, names: Context) -> str:
    if not _TAG.fullmatch(text):
        message = 'a language is a tag such as "cy" or "pl-PL" (BCP 47)'
        names.refuse(where, "language", message)
    return text


def _rule_ids(node: Node, names: Names) -> tuple[Text, ...]:
    items = node.items if isinstance(node, Items) else (node,)
    return tuple(written(TEXT).read(item, names) for item in items)


def _rule_ids_schema(names: Names) -> Schema:
    item = TEXT.schema(names)
    several: Schema = {"minItems": 1, "items": item}
    return {"if": {"type": "array"}, "then": several, "else": item}


_LINKED: Final = optional_or("rules", Shape(_rule_ids, _rule_ids_schema), ())
_LABEL: Final = needed("label", TEXT)
_ADDRESS: Final = needed(
    "url",
    checked(TEXT, _url).described(
        {"title": "a whole address", "type": "string", "pattern": f"^{_URL.pattern}$"}
    ),
)
_LINK: Final = Record(what="a link", fields=(_LINKED, _LABEL, _ADDRESS)).shape(
    lambda found, _: LinkText(rules=found[_LINKED], label=found[_LABEL], url=found[_ADDRESS])
)


def _roles(node: Node, names: Names) -> Mapping[str, str]:
    known = names.vocabulary.enums["worker_role"]

    def read(entry: Entry) -> str:
        if entry.key not in known:
            names.refuse_unknown(entry.place, "role", entry.key, known)
        return as_text(entry.value, names)

    return read_entries(as_block(node, names, "roles"), read)


def _roles_schema(names: Names) -> Schema:
    known = sorted(names.vocabulary.enums["worker_role"])
    title = "a worker role"
    return {
        "type": "object",
        "propertyNames": {"title": title, "enum": known},
        "additionalProperties": TEXT.schema(names),
    }


def _texts(node: Node, names: Names) -> Mapping[str, str]:
    known = fixed_words(names.vocabulary)

    def read(entry: Entry) -> str:
        if entry.key not in known:
            names.refuse_unknown(entry.place, "text of a card", entry.key, known)
        said = as_text(entry.value, names)
        if placeholders(said) != placeholders(entry.key):
            wanted = ", ".join(f"{{{name}}}" for name in sorted(placeholders(entry.key)))
            names.refuse(
                entry.value.where, "text", f"it must hold {wanted or 'no braces'}, as the key"
            )
        return said

    return read_entries(as_block(node, names, "texts"), read)


def _texts_schema(names: Names) -> Schema:
    return {"type": "object", "additionalProperties": TEXT.schema(names)}


_REVISION: Final = needed("revision", written(WHOLE))
_TITLE: Final = optional("title", TEXT)
_SUMMARY: Final = optional("summary", SUMMARY_TEXT)
_FINDING: Final = optional("finding", FINDING_TEXT)
_WHY: Final = optional("why", WORDS_FOR_WORKERS)
_COUNTS: Final = optional("counts", WORDS_FOR_WORKERS)
_WORDS: Final[Record[Names]] = Record(
    what="the words of a rule",
    lacking=(
        "lacking",
        "say for which revision of the rule these words were written, as in revision: 1",
    ),
    fields=(_REVISION, _TITLE, _SUMMARY, _FINDING, _WHY, _COUNTS),
)


def _rules(node: Node, names: Names) -> tuple[PinnedWords, ...]:
    def read(entry: Entry) -> PinnedWords:
        found = _WORDS.read(entry.value, names)
        return PinnedWords(
            rule=Text(entry.key, False, entry.place),
            revision=found[_REVISION],
            words=RuleWords(
                title=found[_TITLE],
                summary=found[_SUMMARY],
                finding=found[_FINDING],
                why=found[_WHY],
                counts=found[_COUNTS],
            ),
        )

    return tuple(read_entries(as_block(node, names, "rules"), read).values())


def _rules_schema(names: Names) -> Schema:
    return {"type": "object", "additionalProperties": _WORDS.schema(names)}


_LANGUAGE: Final = needed(
    "language",
    checked(TEXT, _tag).described(
        {"title": "a language tag (BCP 47)", "type": "string", "pattern": f"^{_TAG.pattern}$"}
    ),
)
_OF_RULES: Final = optional_or("rules", Shape(_rules, _rules_schema), ())
_OF_CARDS: Final = optional_or("texts", Shape(_texts, _texts_schema), {})
ROLES: Final = optional_or("roles", Shape(_roles, _roles_schema), {})
"""The names of worker roles."""
_ONE_LANGUAGE: Final = Record(
    what="a language", fields=(_LANGUAGE, _OF_RULES, _OF_CARDS, ROLES)
).shape(
    lambda found, _: LanguageText(
        language=found[_LANGUAGE],
        rules=found[_OF_RULES],
        texts=found[_OF_CARDS],
        roles=found[ROLES],
    )
)
LANGUAGES: Final = optional_or("languages", list_of_sound(_ONE_LANGUAGE, "languages"), ())
"""The words in other languages."""
LINKS: Final = optional_or("links", list_of_sound(_LINK, "links"), ())
"""The links to places of the council's own."""
