"""`msp-rules mapping`: mapping files, which turn a vendor's own XML into canonical cases."""

from __future__ import annotations

from pathlib import Path

import click

from msp_rules.audit.mapping_file import load_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.mapping.language import supply_of


@click.group()
def mapping() -> None:
    """Check files that say how a vendor's own export is read."""


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say every mistake of a mapping file at once, or what it is able to supply."""
    vocabulary = core_vocabulary()
    supply = supply_of(load_mapping(file, vocabulary), vocabulary)
    whole, parts = len(supply.types), len(supply.fields)
    every = len(vocabulary.events)
    click.echo(f"{file.name}: {whole} of {every} event types with all fields, {parts} with some")
    for name in sorted(supply.fields):
        lacking = sorted(vocabulary.events[name].fields.keys() - supply.fields[name])
        click.echo(f"  {name} without {', '.join(lacking)}")
    for name in sorted(vocabulary.events.keys() - supply.types - supply.fields.keys()):
        click.echo(f"  no {name}")
