"""`msp-rules key`, `sign` and `identify`: makes keys, signs manifests, and traces pseudonyms back.

Whoever holds the key and the export of a report finds with `identify` which case is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from msp_rules.audit.manifest import read_manifest
from msp_rules.audit.pseudonyms import Pseudonyms, is_open_to_others, new_key_file, read_key_file
from msp_rules.audit.signing import PRIVATE_NAME, PUBLIC_NAME, SUFFIX, new_pair, signature_of
from msp_rules.audit.verification import check_outputs
from msp_rules.casework.case import owner_of
from msp_rules.cli.conventions import FINDINGS, CommandGroup
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import overlay_option
from msp_rules.cli.sharing import key_option, own_key
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.reading import CaseIds
from msp_rules.intake.source import CaseSource, open_cases, sources_in
from msp_rules.rules.loading import load_ruleset


@click.command()
@click.argument("export", type=ExportPath())
@click.argument("pseudonyms", nargs=-1, required=True)
@key_option
@click.option(
    "--ruleset",
    default="msp-core",
    show_default=True,
    help="The ruleset whose vocabulary the export uses.",
)
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
    """Say which case, event, team or file of an EXPORT (file or folder) PSEUDONYMS mean."""
    if key_file is None and not own_key().exists():
        raise click.UsageError(
            "this user has no stored key: name the one that the report was made with, "
            "--pseudonym-key FILE"
        )
    key = read_key_file(key_file or own_key())
    vocabulary = load_ruleset(ruleset, overlays).vocabulary
    mapping = None if mapping_file is None else load_mapping(mapping_file, vocabulary)
    open_ones = {one.strip().lower() for one in pseudonyms}
    ids = CaseIds()
    for file in sources_in([export], mapping):
        with open_cases(file, mapping=mapping, vocabulary=vocabulary, ids=ids) as source:
            for pseudonym, meant in _named_in(source, key):
                if pseudonym in open_ones:
                    open_ones.discard(pseudonym)
                    click.echo(f"{pseudonym}: {meant}")
                if not open_ones:
                    return
    for one in sorted(open_ones):
        click.echo(f"{one}: not found in this export with key {key.key_id}", err=True)
    context.exit(FINDINGS)


def _named_in(source: CaseSource, key: Pseudonyms) -> Iterator[tuple[str, str]]:
    """Gives each pseudonym that a report on this file may hold, with its meaning."""
    for case in source:
        place = f"{source.name}:{case.line}"
        yield key.case(case.id), f"case {case.id} ({place})"
        team = owner_of(case)[1]
        if team:
            yield key.team(team), f"team {team}"
        for event in case.events:
            place = f"{source.name}:{event.line or case.line}"
            yield key.event(case.id, event.id), f"case {case.id}, event {event.id} ({place})"
    for one in source.files:
        yield key.file(one.name), f"file {one.name}"
    # Of what could not be read there may be no case or event, but a fault that names it.
    for fault in source.faults:
        file = fault.input or source.name  # one of the tables of a folder
        place = f"{file}:{fault.line}"
        yield key.file(file), f"file {file}"
        if fault.case is not None:
            yield key.case(fault.case), f"case {fault.case} ({place})"
        if fault.event is not None:
            found = f"case {fault.case}, event {fault.event} ({place})"
            yield key.event(fault.case or "", fault.event), found


@click.group(cls=CommandGroup)
def key() -> None:
    """Make keys, for pseudonyms or for signatures. No key is ever overwritten."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
def pseudonym(file: Path) -> None:
    """Make a pseudonym key, which the council keeps: with it a case can be found again."""
    new_key_file(file)
    click.echo(f"{file}: key {read_key_file(file).key_id}; keep it, but never beside results")


@key.command()
@click.argument("folder", type=click.Path(path_type=Path))
def signing(folder: Path) -> None:
    """Make a pair of keys for signatures: keep the private one, hand out the public one."""
    fingerprint = new_pair(folder)
    click.echo(f"{folder / PRIVATE_NAME}: private; keep it")
    click.echo(f"{folder / PUBLIC_NAME}: public, {fingerprint}")


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path))
@click.pass_context
def sign(context: click.Context, manifest: Path, key_file: Path) -> None:
    """Sign the manifest of a scan (manifest.json.sig), if its files are as it says."""
    stated = read_manifest(manifest)
    wrong = [one for one in check_outputs(stated.body, manifest.parent) if one.state != "ok"]
    for one in wrong:
        click.echo(f"{one.what}: {one.why}", err=True)
    if wrong:
        click.echo("not signed: the files differ from what the manifest says", err=True)
        context.exit(FINDINGS)
    if is_open_to_others(key_file):
        click.echo(f"{key_file.name}: other users can read this key (mode 0600 is safe)", err=True)
    target = manifest.with_name(manifest.name + SUFFIX)
    target.write_bytes(signature_of(stated.content, key_file))
    click.echo(f"Signature: {target}")
