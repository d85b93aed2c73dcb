"""`msp-rules key`, `sign` and `identify`: makes keys, signs manifests, and traces pseudonyms back.

Whoever holds the key and the export of a report finds with `identify` which case is meant.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import click

from msp_rules.audit.manifest import read_manifest
from msp_rules.audit.pseudonyms import (
    Pseudonyms,
    is_open_to_others,
    new_key_file,
    read_key_file,
    write_secret,
)
from msp_rules.audit.signing import PRIVATE_NAME, PUBLIC_NAME, SUFFIX, new_pair, signature_of
from msp_rules.audit.verification import check_outputs
from msp_rules.casework.case import owner_of
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.cli.conventions import FINDINGS, CommandGroup
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import overlay_option
from msp_rules.cli.sharing import key_option, own_key
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.reading import CaseIds
from msp_rules.intake.source import CaseSource, open_cases, sources_in
from msp_rules.reports.case_rows import csv_cell
from msp_rules.rules.loading import load_ruleset


@click.command()
@click.argument("export", type=ExportPath())
@click.argument("pseudonyms", nargs=-1)
@key_option
@click.option(
    "--ruleset",
    default="msp-core",
    show_default=True,
    help="The ruleset whose vocabulary the export uses.",
)
@overlay_option
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path))
@click.option("--all", "is_all", is_flag=True, help="Write every pseudonym of the export, as CSV.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="With --all: a new file, which only this user can read (default: standard output).",
)
@click.pass_context
def identify(
    context: click.Context,
    export: Path,
    pseudonyms: tuple[str, ...],
    key_file: Path | None,
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
    out: Path | None,
    *,
    is_all: bool,
) -> None:
    """Say which case, event, team or file of an EXPORT (file or folder) PSEUDONYMS mean."""
    if is_all == bool(pseudonyms):
        raise click.UsageError("name the pseudonyms, or ask for every one with --all")
    if out is not None and not is_all:
        raise click.UsageError("--out is the file that --all writes")
    if key_file is None and not own_key().exists():
        raise click.UsageError(
            "this user has no stored key: name the one that the report was made with, "
            "--pseudonym-key FILE"
        )
    key = read_key_file(key_file or own_key())
    vocabulary = load_ruleset(ruleset, overlays).vocabulary
    mapping = None if mapping_file is None else load_mapping(mapping_file, vocabulary)
    meanings = _meanings(export, key, vocabulary, mapping)
    if is_all:
        _write_all(meanings, out)
        return
    missing = _say_meanings(meanings, pseudonyms)
    for one in sorted(missing):
        click.echo(f"{one}: not found in this export with key {key.key_id}", err=True)
    context.exit(FINDINGS if missing else 0)


class _Meaning(NamedTuple):
    """A pseudonym that a report on an export may hold, with its meaning."""

    pseudonym: str
    what: str
    """The kind of thing: case, event, team or file."""
    case: str
    """The id of the case, or that of the event; empty for teams and files."""
    name: str
    """The id or the name."""
    place: str
    """The file and the line; empty for teams and files."""

    def in_words(self) -> str:
        """Says the meaning to a person."""
        named = f"case {self.case}, event {self.name}" if self.what == "event" else ""
        place = f" ({self.place})" if self.place else ""
        return f"{self.pseudonym}: {named or f'{self.what} {self.name}'}{place}"


def _meanings(
    export: Path, key: Pseudonyms, vocabulary: Vocabulary, mapping: CaseMapping | None
) -> Iterator[_Meaning]:
    """Gives each pseudonym of an export once, in the order of the export."""
    ids = CaseIds()
    known: set[tuple[str, str]] = set()
    for file in sources_in([export], mapping):
        with open_cases(file, mapping=mapping, vocabulary=vocabulary, ids=ids) as source:
            for one in _meanings_in(source, key):
                # Cases of one id, and their events, are one case in a report, too.
                if (one.pseudonym, one.what) not in known:
                    known.add((one.pseudonym, one.what))
                    yield one


def _meanings_in(source: CaseSource, key: Pseudonyms) -> Iterator[_Meaning]:
    for case in source:
        place = f"{source.name}:{case.line}"
        yield _Meaning(key.case(case.id), "case", case.id, case.id, place)
        team = owner_of(case)[1]
        if team:
            yield _Meaning(key.team(team), "team", "", team, "")
        for event in case.events:
            place = f"{source.name}:{event.line or case.line}"
            yield _Meaning(key.event(case.id, event.id), "event", case.id, event.id, place)
    for one in source.files:
        yield _Meaning(key.file(one.name), "file", "", one.name, "")
    # Of what could not be read there may be no case or event, but a fault that names it.
    for fault in source.faults:
        file = fault.input or source.name  # one of the tables of a folder
        place = f"{file}:{fault.line}"
        yield _Meaning(key.file(file), "file", "", file, "")
        if fault.case is not None:
            yield _Meaning(key.case(fault.case), "case", fault.case, fault.case, place)
        if fault.event is not None:
            pseudonym = key.event(fault.case or "", fault.event)
            yield _Meaning(pseudonym, "event", fault.case or "", fault.event, place)


def _say_meanings(meanings: Iterable[_Meaning], pseudonyms: Iterable[str]) -> set[str]:
    """Says what pseudonyms mean; gives those that were not found."""
    left = {one.strip().lower() for one in pseudonyms}
    for meaning in meanings:
        if meaning.pseudonym in left:
            left.discard(meaning.pseudonym)
            click.echo(meaning.in_words())
        if not left:
            break
    return left


def _write_all(meanings: Iterable[_Meaning], out: Path | None) -> None:
    """Writes every meaning as CSV, into a file that only this user can read."""
    lines = [",".join(_Meaning._fields)]
    lines += [",".join(map(csv_cell, meaning)) for meaning in meanings]
    content = "".join(f"{line}\r\n" for line in lines).encode()
    if out is not None:
        write_secret(out, content)
        click.echo(f"Written: {out}; it undoes every pseudonym, so don't pass it on", err=True)
        return
    stream = sys.stdout.buffer
    _close_to_others(stream)
    stream.write(content)


def _close_to_others(stream: BinaryIO) -> None:
    """Lets only this user read the file that a shell has made for standard output."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return  # it is no file of the system
    if stat.S_ISREG(found.st_mode) and hasattr(os, "fchmod"):
        os.fchmod(stream.fileno(), 0o600)


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
