"""Writes a first mapping file for an export, with each doubt next to the line it concerns.

`mapping check` accepts the file. Every uncertain line has a comment with TODO, and what was found
and not used is listed. Of the values of the export only labels that recur in several cases are
written: no text, no date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from msp_rules.authoring.mapping.draft.profile import read_profile
from msp_rules.authoring.mapping.draft.proposal import (
    EventDraft,
    FieldDraft,
    Proposal,
    TableDraft,
    propose,
)
from msp_rules.authoring.mapping.draft.structure import read_structure
from msp_rules.authoring.mapping.draft.walk import (
    TABLES,
    ExportWalk,
    NamePath,
    XmlWalk,
    open_tables,
)
from msp_rules.authoring.mapping.draft.words import DateForms, plain_word
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.intake.mapping.language import FieldPath, SourceForm, SourceKind


def draft_mapping(path: Path, vocabulary: Vocabulary) -> str:
    """Proposes a mapping file for an export; raises InputUnreadable where none can be.

    The export is read twice: once for its structure, once for the values in its records.
    """
    tables = open_tables(path)
    if tables is None:
        return _draft_of(XmlWalk(path), SourceForm(), vocabulary)
    with closing(tables):
        return _draft_of(tables, tables.form, vocabulary)


def _draft_of(walk: ExportWalk, form: SourceForm, vocabulary: Vocabulary) -> str:
    structure = read_structure(walk, in_tables=form.kind is not SourceKind.XML)
    proposal = propose(structure, read_profile(walk, structure), vocabulary)
    return draft_text(proposal, walk.name, form)


def draft_text(proposal: Proposal, name: str, form: SourceForm) -> str:
    """Writes the file as YAML; `form` is what the export is."""
    tables = {
        field.table.name: field.table
        for event in _active(proposal)
        for field in event.fields
        if field.table is not None
    }
    lines = [
        *_HEAD.format(name=_one_line(name), name_written=quoted(f"Draft of {name}")).splitlines(),
        *_source(form),
        *_tables(tables),
        *_case(proposal),
        *_adult(proposal),
        *_reference_date(proposal),
        *_events(proposal),
    ]
    return "\n".join(lines) + "\n"


_HEAD: Final = """\
# A DRAFT, written by "msp-rules mapping draft" from {name}.
# Every line that says TODO is a guess; "mapping check" counts those that are left. Of the values in
# the export only short ones were written that recur in several cases: no text, no date, and nothing
# that stands in one case alone. Read it once yourself all the same before you share it.
schema: msp-rules/mapping/1
name: {name_written}  # TODO: the name of the system"""


def written_path(path: FieldPath) -> str:
    """Writes a path as the mapping language does: of elements, or of tables and columns."""
    if path.attribute is not None and plain_word(path.attribute) != path.attribute:
        return "/".join([*(step.name for step in path.steps), plain_word(path.attribute)])
    steps = [
        step.name if step.attribute is None else f"{step.name}[@{step.attribute}={step.value}]"
        for step in path.steps
    ]
    if path.attribute is not None:
        steps.append(f"@{path.attribute}")
    return "/".join(steps) or "."


def quoted(text: str) -> str:
    """Writes a text as YAML does."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


_PLAIN: Final = re.compile(r"[A-Za-z][\w-]*")


def _one_line(name: str) -> str:
    """Writes a name so that a comment can hold it: a column may have any name."""
    return name if name.isprintable() else json.dumps(name)


def _source(form: SourceForm) -> Iterator[str]:
    if form.kind is SourceKind.XML:
        return
    yield f"source: {form.kind.value}"
    if form.kind is SourceKind.CSV:
        yield f"encoding: {form.encoding}  # TODO: guessed from the first file"
        yield f"delimiter: {json.dumps(form.delimiter)}"


def _record(path: NamePath) -> str:
    """Writes the path of a record from the root on; tables have no root."""
    return "/".join(path[1:] if path[0] == TABLES else path)


def _active(proposal: Proposal) -> list[EventDraft]:
    """Gives the entries that are not commented out: those of a known type, else the first."""
    named = [event for event in proposal.events if event.is_named]
    return named or proposal.events[:1]


def _tables(tables: dict[str, TableDraft]) -> Iterator[str]:
    if not tables:
        return
    yield "codes:"
    for table in tables.values():
        yield f"  {table.name}:"
        sure = [(label, code) for label, code in table.labels if code is not None]
        if sure:
            yield "    labels:"
            for label, code in sure:
                words = json.dumps(label, ensure_ascii=False)
                yield f"      {words}: {quoted(code)}  # TODO: is it?"
        else:
            yield "    labels: {}"
        for label in (label for label, code in table.labels if code is None):
            yield f"      # TODO: {json.dumps(label, ensure_ascii=False)}: which code?"
        if table.unwritten:
            yield f"    # TODO: {table.unwritten} other values are in too few cases to be shown"
        yield f"    # codes: {', '.join(table.codes)}"
        yield "    unknown: fault"


def _case(proposal: Proposal) -> Iterator[str]:
    structure = proposal.structure
    count = proposal.profile.cases
    yield "case:"
    yield f"  record: {quoted(_record(structure.case))}  # TODO: {count} cases?"
    case_id = structure.case_id
    place = quoted(written_path(case_id)) if case_id is not None else '"@id"'
    sure = (
        "present and different in each" if case_id is not None else "no place has an id; name one"
    )
    if structure.joins:
        yield f"  key: {place}"
        yield "  joins:"
        for join in structure.joins:
            record, key = quoted(_record(join.record)), quoted(written_path(join.key))
            name = "" if join.record[0] == TABLES else f", name: {join.name}"
            yield f"    - {{record: {record}, key: {key}{name}}}  # TODO: is this right?"
    yield f"  id: {place}  # TODO: {sure}"
    for rows in structure.apart:
        yield f"  # TODO: nothing links the rows of {_one_line(_record(rows))} to a case"
    for path, what in proposal.case_unused:
        yield f"  # not used: {_one_line(written_path(path))} ({what})"


def _adult(proposal: Proposal) -> Iterator[str]:
    yield "adult:"
    if proposal.adult is not None:
        yield f"  ref: {quoted(written_path(proposal.adult))}  # TODO: a pseudonym, never a name"
        return
    case_id = proposal.structure.case_id
    place = quoted(written_path(case_id)) if case_id is not None else '"@id"'
    yield f"  ref: {place}  # TODO: nothing looked like a person's reference; this is the case's"


def _reference_date(proposal: Proposal) -> Iterator[str]:
    found = proposal.structure.reference_date
    if found is None:
        yield '# reference_date: none was found before the first case; scan with "--as-of"'
        return
    yield f"reference_date: {_dated(*found)}  # TODO: the day of the export?{_doubt(found[1])}"


def _events(proposal: Proposal) -> Iterator[str]:
    yield "events:"
    active = _active(proposal)
    if not active:
        yield from _no_event(proposal)
    for event in active:
        yield from _event(event)
    if proposal.unwritten_kinds:
        kinds = proposal.unwritten_kinds
        yield f"  # TODO: {kinds} kinds of record are in too few cases to be named here"
    if proposal.profile.is_cut:
        yield "  # TODO: there was more than a draft reads; some places are not listed"
    others = [event for event in proposal.events if not any(event is one for one in active)]
    if others:
        yield "  # TODO: what are these? Give their event type, and remove the #:"
    for event in others:
        yield from (f"  # {line.removeprefix('  ')}" for line in _event(event))


def _no_event(proposal: Proposal) -> Iterator[str]:
    """Writes a valid placeholder entry where no place holds a date."""
    case_id = proposal.structure.case_id
    place = quoted(written_path(case_id)) if case_id is not None else '"@id"'
    yield "  - event: concern_raised  # TODO: no place holds dates; nothing could be drafted"
    yield '    record: "."'
    yield f"    id: {place}"
    yield '    occurred: "@date"'


def _event(event: EventDraft) -> Iterator[str]:
    why = "guessed from its name" if event.is_named else "no name says what this is"
    yield f"  - event: {event.type}  # TODO: {why}; {event.count} records"
    yield f"    record: {quoted(written_path(event.record))}"
    if event.when is not None:
        place, text = event.when
        yield f"    when: {{{quoted(written_path(place))}: {json.dumps(text, ensure_ascii=False)}}}"
    doubt = "" if event.is_id_sure else "  # TODO: nothing differs in each record of a case"
    yield f"    id: {_ending(event.id, event.suffix)}{doubt}"
    yield f"    occurred: {_dated(event.occurred, event.dates)}{_remark(event.dates)}"
    if event.recorded is not None:
        yield f"    recorded: {_dated(*event.recorded)}{_remark(event.recorded[1])}"
    for one in (one for one in event.fields if one.is_envelope):
        yield f"    {one.field.name}: {_field(one)}"
    for name in event.needed:
        yield f"    # TODO: {event.type} needs {name}, and no place was found for it"
    own = [one for one in event.fields if not one.is_envelope]
    if own:
        yield "    fields:"
    for one in own:
        yield f"      {one.field.name}: {_field(one)}"
    for place, what in event.unused:
        yield f"      # not used: {_one_line(written_path(place))} ({what})"
    if event.unwritten:
        yield f"      # TODO: {event.unwritten} places are in too few cases to be named here"


def _field(one: FieldDraft) -> str:
    if one.dates is not None:
        return f"{_dated(one.place, one.dates)}  # TODO: guessed from its name{_doubt(one.dates)}"
    path = quoted(written_path(one.place))
    if one.table is not None:
        return f"{{path: {path}, codes: {one.table.name}}}  # TODO: guessed from its name"
    return f"{_ending(one.place, one.suffix)}  # TODO: guessed from its name"


def _ending(place: FieldPath, suffix: str) -> str:
    path = quoted(written_path(place))
    return f"{{path: {path}, suffix: {quoted(suffix)}}}" if suffix else path


def _dated(place: FieldPath, dates: DateForms) -> str:
    path, form = quoted(written_path(place)), dates.form
    if form is None:
        return path
    return f'{{path: {path}, date_format: "{form}"}}'


def _remark(dates: DateForms) -> str:
    doubt = _doubt(dates)
    return f"  # TODO:{doubt.removeprefix(';')}" if doubt else ""


def _doubt(dates: DateForms) -> str:
    if dates.is_ambiguous:
        return "; no day above 12 was seen, so day and month may be swapped"
    if dates.misfits:
        return f"; {dates.misfits} values are written otherwise"
    return ""
