"""Writes a first mapping file for an export, with each doubt next to the line it concerns.

`mapping check` accepts the file. Every uncertain line has a comment with TODO, and what was found
and not used is listed. Of the values of the export only labels that recur in several cases are
written: no text, no date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.entries import EventDraft, FieldDraft, Proposal, TableDraft
from msp_rules.authoring.mapping.draft.json_walk import JsonWalk, is_json_name
from msp_rules.authoring.mapping.draft.places import (
    Place,
    is_list_in_yaml,
    quoted,
    written_path,
    yaml_path,
)
from msp_rules.authoring.mapping.draft.profile import read_profile
from msp_rules.authoring.mapping.draft.proposal import propose
from msp_rules.authoring.mapping.draft.structure import Candidate, Join, read_structure
from msp_rules.authoring.mapping.draft.table_walk import TableShape, TableWalk, open_tables
from msp_rules.authoring.mapping.draft.walk import (
    JSON,
    JSON_RECORD,
    TABLES,
    ExportWalk,
    NamePath,
    XmlWalk,
)
from msp_rules.authoring.mapping.draft.words import PERSON_WORDS, plain_word, word_list
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.intake.mapping.language import SourceForm, SourceKind


def draft_mapping(path: Path, vocabulary: Vocabulary) -> str:
    """Proposes a mapping file for an export; raises InputUnreadable where none can be.

    The export is read twice: once for its structure, once for the values in its records.
    """
    if is_json_name(path):
        return _draft_of(JsonWalk(path), SourceForm(SourceKind.JSON), vocabulary)
    tables = open_tables(path)
    if tables is None:
        return _draft_of(XmlWalk(path), SourceForm(), vocabulary)
    with closing(tables):
        return _draft_of(tables, tables.form, vocabulary)


def _draft_of(walk: ExportWalk, form: SourceForm, vocabulary: Vocabulary) -> str:
    structure = read_structure(walk, in_tables=isinstance(walk, TableWalk))
    proposal = propose(structure, read_profile(walk, structure, vocabulary), vocabulary)
    shapes = walk.shapes if isinstance(walk, TableWalk) else []
    return draft_text(proposal, walk.name, form, shapes)


def draft_text(
    proposal: Proposal, name: str, form: SourceForm, shapes: list[TableShape] | None = None
) -> str:
    """Writes the file as YAML; `form` is what the export is, `shapes` how its tables look."""
    tables = {
        field.table.name: field.table
        for event in _active(proposal)
        for field in event.fields
        if field.table is not None
    }
    tables |= {one.table.name: one.table for one in proposal.adult_fields if one.table is not None}
    lines = [
        *_HEAD.format(name=_one_line(name), name_written=quoted(f"Draft of {name}")).splitlines(),
        *_source(form),
        *_time_zone(proposal),
        *_tables(tables),
        *_case(proposal),
        *_rows(proposal, shapes or []),
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


def _time_zone(proposal: Proposal) -> Iterator[str]:
    """Asks for the zone of times that a machine wrote: those are often in UTC."""
    if any(event.dates.is_of_a_machine for event in proposal.events):
        yield "# time_zone: Etc/UTC  # TODO: do its clocks show UTC? Without this, London's count"


def _record(path: NamePath) -> str:
    """Writes the path of a record from the root on; tables and JSON have no root."""
    if path[0] == JSON:
        return "/".join(map(plain_word, path[1:])) if path[1:] != (JSON_RECORD,) else "."
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
            others = f"{table.unwritten} other values"
            yield f"    # TODO: {others} are too long, or in too few cases, to be shown"
        yield f"    # codes: {', '.join(table.codes)}"
        yield "    unknown: fault"


def _case(proposal: Proposal) -> Iterator[str]:
    structure = proposal.structure
    best, *others = structure.candidates
    yield "case:"
    if structure.is_by:
        assert structure.case_id is not None
        yield f"  by: {yaml_path(structure.case_id)}  # TODO: {_counted(best)}?"
    else:
        yield f"  record: {quoted(_record(structure.case))}  # TODO: {_counted(best)}?"
    yield from _other_cases(others)
    place = _case_place(proposal)
    if structure.joins:
        if not structure.is_by:
            yield f"  key: {place}"
        yield "  joins:"
        for join in structure.joins:
            yield f"    - {_join(join)}  # TODO: is this right?"
    sure = "present and different in each"
    if structure.case_id is None:
        sure = "no place has an id; name one"
    yield f"  id: {place}  # TODO: {sure}"
    for one in proposal.attributes:
        yield f"  {one.field.name}: {_field(one)}"
    for rows in structure.apart:
        yield f"  # TODO: nothing links the rows of {_one_line(_record(rows))} to a case"
    for path, what in proposal.case_unused:
        yield f"  # not used: {_named(path)} ({what})"


def _case_place(proposal: Proposal) -> str:
    case_id = proposal.structure.case_id
    return yaml_path(case_id) if case_id is not None else '"@id"'


_MOST_CANDIDATES: Final = 5


def _other_cases(others: list[Candidate]) -> Iterator[str]:
    """Names what else may be the case, with the number of cases that it would give."""
    for one in others[:_MOST_CANDIDATES]:
        if one.key is None:
            continue
        place = _one_line(written_path(one.key))
        how = (
            f"by: {place}" if one.is_by else f"record: {_one_line(_record(one.path))}, id: {place}"
        )
        yield f"  # or {_counted(one)} ({how})"


def _rows(proposal: Proposal, shapes: list[TableShape]) -> Iterator[str]:
    """Says where tables have the names of their columns, and where they end."""
    laid_out = [one for one in shapes if one.header_row is not None or one.ends_at is not None]
    if not laid_out:
        return
    structure = proposal.structure
    named = {join.record[-1]: join.name for join in structure.joins}
    yield "rows:"
    for shape in laid_out:
        record = "." if structure.case[-1] == shape.name and not structure.is_by else None
        yield f"  - record: {quoted(record or named.get(shape.name, shape.name))}"
        if shape.header_row is not None:
            yield f"    header_row: {quoted(shape.header_row)}"
        if shape.ends_at is not None:
            column = quoted(plain_word(shape.ends_at))
            yield f"    until: {{{column}: absent}}  # TODO: the row of totals, and none before it"


def _counted(one: Candidate) -> str:
    """Counts cases in words: `9 episodes`."""
    key = one.key.own_name if one.key is not None else ""
    names = [key] if one.is_by or one.path[0] == TABLES else list(one.path[-1:-3:-1])
    if set(word_list(key)) & PERSON_WORDS:
        names.insert(0, key)
    found = map(_noun, names)
    noun = next((name for name in found if name), "record")
    plural = noun if one.count == 1 or noun.endswith("s") else f"{noun}s"
    return f"{one.count} {_PLURALS.get(plural, plural)}"


_PLURALS: Final = {
    "persons": "people",
    "childs": "children",
    "enquirys": "enquiries",
    "safeguardings": "cases",
}


def _noun(name: str) -> str:
    kept = [word for word in word_list(name) if word not in _NO_NOUNS and word.isalpha()]
    return " ".join(dict.fromkeys(kept))


_NO_NOUNS: Final = frozenset(
    (
        *("id", "key", "ref", "fk", "pk", "number", "no", "reference", "guid", "table"),
        *("row", "record", "collection", "item", "entry", "the"),
    )
)


def _join(join: Join) -> str:
    parts = [f"record: {quoted(_record(join.record))}", f"key: {yaml_path(join.key)}"]
    if join.record[0] != TABLES or join.name != join.record[-1]:
        parts.append(f"name: {join.name}")
    if join.of is not None:
        parts.append(f"of: {quoted(join.of)}")
    if join.row_key is not None:
        parts.append(f"row_key: {yaml_path(join.row_key)}")
    return f"{{{', '.join(parts)}}}"


def _adult(proposal: Proposal) -> Iterator[str]:
    yield "adult:"
    if proposal.adult is not None:
        yield f"  ref: {yaml_path(proposal.adult)}  # TODO: a pseudonym, never a name"
    else:
        why = "nothing looked like a person's reference; this is the case's"
        yield f"  ref: {_case_place(proposal)}  # TODO: {why}"
    for one in proposal.adult_fields:
        yield f"  {one.field.name}: {_field(one)}"


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
    place = _case_place(proposal)
    yield "  - event: concern_raised  # TODO: no place holds dates; nothing could be drafted"
    yield '    record: "."'
    yield f"    id: {place}"
    yield '    occurred: "@date"'


def _event(event: EventDraft) -> Iterator[str]:
    why = "guessed from its name" if event.is_named else "no name says what this is"
    yield f"  - event: {event.type}  # TODO: {why}; {event.count} records"
    yield f"    record: {yaml_path(event.record)}"
    if event.when:
        yield f"    when: {_conditions(event.when)}"
    lacking = "  # TODO: an id is lacking, as nothing differs in each record of a case"
    doubt = "" if event.is_id_sure else lacking
    yield f"    id: {_ending(event.id, event.suffix)}{doubt}"
    yield f"    occurred: {_dated(event.occurred, event.dates)}{_date_doubt(event)}"
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
        yield f"      # not used: {_named(place)} ({what})"
    if event.unwritten:
        yield f"      # TODO: {event.unwritten} places are in too few cases to be named here"


def _named(place: Place) -> str:
    """Names a place in a comment."""
    part = "" if place.part in (None, ".") else f", part {_one_line(place.part or '')}"
    return f"{_one_line(written_path(place))}{part}"


def _conditions(when: list[tuple[Place, str | None]]) -> str:
    """Writes conditions by their paths, or as a list where a path can't be a key."""
    if not any(is_list_in_yaml(place) for place, _ in when):
        return f"{{{', '.join(f'{yaml_path(place)}: {_condition(text)}' for place, text in when)}}}"
    each = (f"{{path: {yaml_path(place)}, is: {_condition(text)}}}" for place, text in when)
    return f"[{', '.join(each)}]"


def _condition(text: str | None) -> str:
    """Writes the condition that a place holds a text, or (None) anything."""
    if text is None:
        return "present"
    return (
        f"[{json.dumps(text)}]"
        if text in ("present", "absent")
        else (json.dumps(text, ensure_ascii=False))
    )


def _date_doubt(event: EventDraft) -> str:
    if not event.is_own_date:
        return "  # TODO: it has no date of its own; this is when it was said" + _doubt(event.dates)
    return _remark(event.dates)


def _field(one: FieldDraft) -> str:
    guess = f"  # TODO: guessed from its {'name' if one.is_named else 'values'}"
    if one.is_of_same_record:
        guess = "  # TODO: what the same record says is wanted"
    if one.question is not None:
        guess += f": {_one_line(one.question)}"
    if one.dates is not None:
        return f"{_dated(one.place, one.dates)}{guess}{_doubt(one.dates)}"
    parts = [_source_of(one.place)]
    parts += [f"split: {json.dumps(one.separator)}"] if one.separator is not None else []
    parts += [f"join: {json.dumps(one.join)}"] if one.join is not None else []
    parts += [f"codes: {one.table.name}"] if one.table is not None else []
    parts += [f"suffix: {quoted(one.suffix)}"] if one.suffix else []
    if one.when is not None:
        parts.append(f"when: {_conditions([(one.when, None)])}")
    if len(parts) == 1 and one.place.part is None:
        return f"{yaml_path(one.place)}{guess}"
    return f"{{{', '.join(parts)}}}{guess}"


def _source_of(place: Place) -> str:
    """Writes where a value comes from: a path, or a list in JSON and the part of its items."""
    path = yaml_path(place)
    if place.part is None:
        return f"path: {path}"
    return f"items: {path}" + ("" if place.part == "." else f", part: {quoted(place.part)}")


def _ending(place: Place, suffix: str) -> str:
    path = yaml_path(place)
    return f"{{path: {path}, suffix: {quoted(suffix)}}}" if suffix else path


def _dated(place: Place, dates: DateForms) -> str:
    path, forms = yaml_path(place), dates.forms
    if not forms:
        return path
    if len(forms) == 1:
        return f'{{path: {path}, date_format: "{forms[0]}"}}'
    return f"{{path: {path}, date_format: [{', '.join(map(json.dumps, forms))}]}}"


def _remark(dates: DateForms) -> str:
    doubt = _doubt(dates)
    return f"  # TODO:{doubt.removeprefix(';')}" if doubt else ""


def _doubt(dates: DateForms) -> str:
    if dates.is_ambiguous:
        return "; no day above 12 was seen, so day and month may be swapped"
    if dates.misfits:
        return f"; {dates.misfits} values are written otherwise"
    return ""
