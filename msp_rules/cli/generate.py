"""`msp-rules generate`: writes or checks the files that are derived from vocabulary and rules."""

from __future__ import annotations

from pathlib import Path

import click

from msp_rules.cli.exits import FINDINGS


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is not current.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The checkout; left out: the one that this command runs from.",
)
@click.pass_context
def generate(context: click.Context, root: Path | None, *, check: bool) -> None:
    """Write the schemas and the pages about vocabulary and rules (for developers)."""
    # What writes XML and catalogues imports much that no other command needs.
    from msp_rules.authoring.generate.files import (
        checkout_of_this_package,
        stale_files,
        write_files,
    )
    from msp_rules.gherkin.library import PAGE, steps_page  # noqa: PLC0415 - see above

    pages = {PAGE: steps_page()}
    folder = root or checkout_of_this_package()
    if check:
        stale = stale_files(folder, pages)
        for path in stale:
            click.echo(f'{path}: not current; run "msp-rules generate"')
        context.exit(FINDINGS if stale else 0)
    for path in write_files(folder, pages):
        click.echo(f"written: {path}")
