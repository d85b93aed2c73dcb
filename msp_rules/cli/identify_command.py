"""`msp-rules identify`: from a pseudonym back to the case, where key and export are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from msp_rules.audit.mapping_file import load_mapping
from msp_rules.audit.pseudonyms import Pseudonyms, read_key_file
from msp_rules.casework.holder import holder_of
from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.cli.exits import FINDINGS
from msp_rules.cli.options import layered, overlay_option
from msp_rules.cli.sharing_options import key_option, own_key
from msp_rules.intake.case_xml import CaseIds, ExportReader, open_export
from msp_rules.intake.export_files import ExportFile
from msp_rules.intake.exports import sources_in
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.mapping.mapped_reader import MappedReader
from msp_rules.intake.mapping.sources import open_mapped


@click.command()
@click.argument("export", type=click.Path(path_type=Path))
@click.argument("pseudonyms", nargs=-1, required=True)
@key_option
@click.option("--ruleset", default="msp-core", show_default=True, help="Whose vocabulary is used.")
@overlay_option
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path))
@click.pass_context
def identify(
    context: click.Context,
    export: Path,
    pseudonyms: tuple[str, ...],
    key_file: Path | None,
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
) -> None:
    """Say which case, event, team or file of an EXPORT (file or folder) PSEUDONYMS stand for."""
    if key_file is None and not own_key().exists():
        raise click.UsageError(
            "no key is kept for this user: name the key that the report was made with, "
            "--pseudonym-key FILE"
        )
    key = read_key_file(key_file or own_key())
    vocabulary = layered(ruleset, overlays).ruleset.vocabulary or core_vocabulary()
    mapping = None if mapping_file is None else load_mapping(mapping_file, vocabulary)
    open_ones = {one.strip().lower() for one in pseudonyms}
    ids = CaseIds()
    for file in sources_in([export], mapping):
        with _open(file, mapping, vocabulary, ids) as reader:
            for pseudonym, meant in _named_in(reader, key):
                if pseudonym in open_ones:
                    open_ones.discard(pseudonym)
                    click.echo(f"{pseudonym}: {meant}")
                if not open_ones:
                    return
    for one in sorted(open_ones):
        click.echo(f"{one}: not found in this export with key {key.key_id}", err=True)
    context.exit(FINDINGS)


def _open(
    file: ExportFile, mapping: CaseMapping | None, vocabulary: Vocabulary, ids: CaseIds
) -> ExportReader | MappedReader:
    if mapping is not None:
        return open_mapped(file, mapping, vocabulary=vocabulary, ids=ids)
    return open_export(file, vocabulary=vocabulary, ids=ids)


def _named_in(reader: ExportReader | MappedReader, key: Pseudonyms) -> Iterator[tuple[str, str]]:
    """Every pseudonym that a report on this file may hold, with what it stands for."""
    for case in reader:
        place = f"{reader.name}:{case.line}"
        yield key.case(case.id), f"case {case.id} ({place})"
        team = holder_of(case)[1]
        if team:
            yield key.team(team), f"team {team}"
        for event in case.events:
            place = f"{reader.name}:{event.line or case.line}"
            yield key.event(case.id, event.id), f"case {case.id}, event {event.id} ({place})"
    for name in _files_of(reader):
        yield key.file(name), f"file {name}"
    # Of what could not be read there may be no case or event, but a fault that names it.
    for fault in reader.faults:
        source = fault.input or reader.name  # one of the tables of a folder
        place = f"{source}:{fault.line}"
        yield key.file(source), f"file {source}"
        if fault.case is not None:
            yield key.case(fault.case), f"case {fault.case} ({place})"
        if fault.event is not None:
            found = f"case {fault.case}, event {fault.event} ({place})"
            yield key.event(fault.case or "", fault.event), found


def _files_of(reader: ExportReader | MappedReader) -> list[str]:
    return [one.name for one in reader.files] if isinstance(reader, MappedReader) else [reader.name]
