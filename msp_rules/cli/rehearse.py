"""`msp-rules rehearse`: goes through a made-up case step by step, to learn by."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.authoring.rehearse import find_rehearsal, rehearse, training_cases
from msp_rules.cli.conventions import FINDINGS
from msp_rules.cli.options import overlay_option
from msp_rules.engine.engine import Engine
from msp_rules.reports.rehearsal import rehearsal_document, rehearsal_lines
from msp_rules.rules.loading import load_ruleset


@click.command("rehearse")
@click.argument("case", required=False)
@click.option("--list", "lists", is_flag=True, help="List the training cases of this package.")
@click.option("--answers", is_flag=True, help="Show the answers to the questions, too.")
@click.option("--ruleset", default="msp-core", show_default=True)
@overlay_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def rehearse_case(
    context: click.Context,
    case: str | None,
    ruleset: str,
    overlays: tuple[Path, ...],
    *,
    lists: bool,
    answers: bool,
    as_json: bool,
) -> None:
    """Go through a made-up case step by step: what would be asked, of whom, and what an audit says.

    CASE is a YAML file, or the name of a training case (`--list`).
    """
    if case is None and not lists:
        raise click.UsageError('name a case: a YAML file, or one of "msp-rules rehearse --list"')
    loaded = load_ruleset(ruleset, overlays)
    if lists or case is None:
        named = {name: find_rehearsal(name, loaded) for name in training_cases()}
        if as_json:
            rows = [
                {"name": name, "title": one.title, "about": one.about}
                for name, one in named.items()
            ]
            sys.stdout.buffer.write(orjson.dumps(rows) + b"\n")
            return
        for name, one in named.items():
            click.echo(f"{name}: {one.title} ({', '.join(one.about)})")
        return
    rehearsal = find_rehearsal(case, loaded)
    done = rehearse(rehearsal, Engine(loaded), CaseAudit(loaded))
    document = rehearsal_document(done, loaded)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
    else:
        for line in rehearsal_lines(document, with_answers=answers):
            click.echo(line)
    for difference in document["differences"]:
        click.echo(difference, err=True)
    context.exit(FINDINGS if document["differences"] else 0)
