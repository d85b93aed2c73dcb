"""Writes the reference page of the vocabulary for people: docs/vocabulary.md.

The words come from vocabulary.yaml: what each event means, and the comments beside its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary


def vocabulary_page(vocabulary: Vocabulary, remarks: Remarks) -> str:
    """Writes the page as Markdown, the same text for the same vocabulary."""
    lines = [
        *_INTRO.splitlines(),
        "",
        "## Every event",
        "",
        "Whatever its kind, an event carries these (in XML as attributes):",
        "",
        *_table(vocabulary.envelope.values(), "envelope", remarks),
        "",
        "## The case",
        "",
        *_table(vocabulary.case.values(), "case", remarks),
        "",
        "## The adult",
        "",
        "One adult a case, under a pseudonym. Nothing here may identify a person.",
        "",
        *_table(vocabulary.adult.values(), "case_person", remarks),
        "",
        "## Kinds of event",
        "",
        *(f"- [`{kind.name}`](#{kind.name}): {kind.means}" for kind in vocabulary.events.values()),
        "",
    ]
    for kind in vocabulary.events.values():
        lines += [*_event(kind, vocabulary, remarks), ""]
    lines += [*_codes(vocabulary), "", *_FILES.splitlines()]
    return "\n".join(lines) + "\n"


Remarks = Mapping[tuple[str, str], str]
"""The comment beside each field, by owner and field; the owner is an event type, or `envelope`,
`case` or `case_person`."""


def read_remarks(text: str) -> Remarks:
    """Reads the comments beside the fields in the text of the vocabulary file."""
    remarks: dict[tuple[str, str], str] = {}
    section = event = ""
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        indent, key, remark = len(found["indent"]), found["key"], found["remark"]
        if indent == 0:
            section = event = key
        elif section == "events" and indent == _EVENT_INDENT:
            event = key
        elif remark and (section != "events" or indent == _FIELD_INDENT):
            remarks[event, key] = remark.strip()
    return remarks


_LINE: Final = re.compile(
    r"(?P<indent> *)(?P<key>[a-z][a-z0-9_]*):(?P<rest>[^#]*)(?:# *(?P<remark>.+))?"
)
_EVENT_INDENT, _FIELD_INDENT = 2, 6
_INTRO: Final = """\
# The vocabulary of case events

<!-- GENERATED from msp_rules/casework/vocabulary.yaml by "msp-rules generate". Change it there. -->

Everything that a rule may ask about is a dated *event* of a case: a concern was raised, the adult
was asked what they want, a plan was made. This page lists every kind of event, with the fields that
it may have. An export (XML) and a live event (JSON) hold these words and no others; a rule that
names another is refused.

- **An absent field says nothing.** It is not "no". Only fields marked *always* have to be there.
- **Yes, no, not known.** `not_known` means that somebody recorded that it is not known.
- **Words** are free text. The source may hold them back and mark them as *withheld*: then they are
  in the record, and their content was not exported. Words of white space only are absent.
- **A date** is written 2026-01-05. **A moment** is a date, or a date with a time as in
  2026-01-05T10:15:00: London time, unless it ends in an offset such as `Z` or `+01:00`.
- **Names an event** means that the field holds the id of another event of the same case.
- **Codes** are listed [at the end](#codes). `any number` means that the field may repeat.
"""


def _table(fields: Iterable[Field], owner: str, remarks: Remarks) -> Iterator[str]:
    yield "| field | holds | how often | remark |"
    yield "|---|---|---|---|"
    for field in fields:
        often = "any number" if field.may_repeat else "always" if field.is_required else ""
        if field.may_repeat and field.is_required:
            often = "one or more"
        remark = remarks.get((owner, field.name), "")
        yield f"| `{field.name}` | {_holds(field)} | {often} | {remark} |"


def _holds(field: Field) -> str:
    match field.kind:
        case FieldKind.CODE:
            return f"a code of [{field.enum}](#codes-{field.enum}){_few(field)}"
        case FieldKind.FLAG:
            return "yes, no or not known"
        case FieldKind.REF:
            return f"names an event: [`{field.refers_to}`](#{field.refers_to})"
        case FieldKind.TEXT:
            return "words"
        case FieldKind.WHOLE:
            return "a whole number"
        case FieldKind.DATE | FieldKind.MOMENT:
            return f"a {field.kind.value}"


_FEW_CODES: Final = 5


def _few(field: Field) -> str:
    """Lists the codes themselves where they are few."""
    codes = ", ".join(f"`{code}`" for code in field.codes)
    return f": {codes}" if len(field.codes) <= _FEW_CODES else ""


def _event(kind: EventType, vocabulary: Vocabulary, remarks: Remarks) -> Iterator[str]:
    yield f"### {kind.name}"
    yield ""
    yield kind.means
    yield ""
    yield from _table(kind.fields.values(), kind.name, remarks)
    named_by = [
        f"[`{other.name}`](#{other.name}) (`{field.name}`)"
        for other in vocabulary.events.values()
        for field in other.fields.values()
        if field.refers_to == kind.name
    ]
    if named_by:
        yield ""
        yield f"Named by: {', '.join(named_by)}."


def _codes(vocabulary: Vocabulary) -> Iterator[str]:
    yield from ("## Codes", "", "| list | codes | used by |", "|---|---|---|")
    owners: dict[str, list[str]] = {}
    places = {
        "every event": vocabulary.envelope,
        "the case": vocabulary.case,
        "the adult": vocabulary.adult,
        **{f"`{kind.name}`": kind.fields for kind in vocabulary.events.values()},
    }
    for owner, fields in places.items():
        for field in fields.values():
            if field.kind is FieldKind.CODE and field.enum is not None:
                users = owners.setdefault(field.enum, [])
                if owner not in users:
                    users.append(owner)
    for name, codes in vocabulary.enums.items():
        listed = ", ".join(f"`{code}`" for code in codes)
        users = owners.get(name, ["every yes-or-no field"])
        yield f'| <a id="codes-{name}"></a>{name} | {listed} | {", ".join(users)} |'


_FILES: Final = """\
## For machines

- `msp_rules/casework/schemas/case-export-1.xsd` describes the case export in XML (XSD 1.0). What
  only the reader can check is listed at its top.
- `msp_rules/casework/schemas/live-event-1.json` describes one live event, a CloudEvents 1.0 message
  in structured JSON (JSON Schema, draft 2020-12).

Both ship inside the package, and like this page they are written by `msp-rules generate` from the
one vocabulary file; `msp-rules generate --check` says whether they are current. The schemas of rule
files are described in [rule-language.md](rule-language.md#schemas-for-editors).
"""
