"""`msp-rules key` and `msp-rules sign`: keys of pseudonyms and of signatures, made and used."""

from __future__ import annotations

from pathlib import Path

import click

from msp_rules.audit.pseudonyms import is_open_to_others, new_key_file, read_key_file
from msp_rules.audit.signing import PRIVATE_NAME, PUBLIC_NAME, SUFFIX, new_pair, signature_of
from msp_rules.cli.exits import FINDINGS
from msp_rules.cli.groups import CommandGroup
from msp_rules.reports.manifest import read_manifest
from msp_rules.reports.verification import check_outputs


@click.group(cls=CommandGroup)
def key() -> None:
    """Make keys: of pseudonyms, or of signatures. None is ever written over."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
def pseudonym(file: Path) -> None:
    """Make a key of pseudonyms, which the council keeps: with it a case can be found again."""
    new_key_file(file)
    click.echo(f"{file}: key {read_key_file(file).key_id}; keep it, and never beside results")


@key.command()
@click.argument("folder", type=click.Path(path_type=Path))
def signing(folder: Path) -> None:
    """Make a pair of keys for signatures: the private one stays, the public one is handed out."""
    fingerprint = new_pair(folder)
    click.echo(f"{folder / PRIVATE_NAME}: private; keep it")
    click.echo(f"{folder / PUBLIC_NAME}: public, {fingerprint}")


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path))
@click.pass_context
def sign(context: click.Context, manifest: Path, key_file: Path) -> None:
    """Sign the manifest of a scan, once its files are as it says (manifest.json.sig)."""
    stated = read_manifest(manifest)
    wrong = [one for one in check_outputs(stated.body, manifest.parent) if one.state != "ok"]
    for one in wrong:
        click.echo(f"{one.what}: {one.why}", err=True)
    if wrong:
        click.echo("not signed: the files are not as the manifest says", err=True)
        context.exit(FINDINGS)
    if is_open_to_others(key_file):
        click.echo(f"{key_file.name}: other users can read this key (mode 0600 is safe)", err=True)
    target = manifest.with_name(manifest.name + SUFFIX)
    target.write_bytes(signature_of(stated.content, key_file))
    click.echo(f"Signature: {target}")
