"""`msp-rules scan`: exported case files in, results out.

Which files of a scan hold ids of the export, and with which key the others hide them.

What makes two scans the same one, and what an earlier one left in the folder of results.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from msp_rules.audit.checkpoint import LAYOUT, RunFolder
from msp_rules.audit.manifest import Options, versions, write_manifest
from msp_rules.audit.pseudonyms import (
    Pseudonyms,
    is_open_to_others,
    key_for_one_run,
    new_key_file,
    read_key_file,
)
from msp_rules.audit.run import CHECKPOINT_SECONDS, Identity, ScanRun, checkpoint_of
from msp_rules.audit.scan import Scan
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.exits import FINDINGS, INCOMPLETE, INTERNAL
from msp_rules.cli.options import cutoff_of, layered, overlay_option
from msp_rules.cli.progress import orderly_interrupts, show_progress
from msp_rules.engine.engine import Engine
from msp_rules.engine.matchers.choice import MATCHERS
from msp_rules.errors import InputUnreadable, MspRulesError
from msp_rules.intake.export_files import ExportFile, limits_of, sha256_on_disk
from msp_rules.intake.exports import jobs_worth, sources_in
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.formats import ALWAYS, FILES, MADE_TO_SHARE, documents_of
from msp_rules.reports.terminal import print_summary
from msp_rules.rules.language.rule import Severity

_OWN_KEY: Final = "pseudonym.key"

key_option = click.option(
    "--pseudonym-key",
    "key_file",
    envvar="MSP_RULES_PSEUDONYM_KEY",
    type=click.Path(path_type=Path),
    help="The council's key of pseudonyms; left out: one in this user's own settings.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What a scan was told; `hidden` is where pseudonyms stand: "reports", "all" or "none"."""

    hidden: str = "reports"
    key_file: Path | None = None
    shown_teams: frozenset[str] = frozenset()

    def formats(self, wanted: Iterable[str]) -> frozenset[str]:
        """Those of the wanted formats that hold pseudonyms."""
        if self.hidden == "all":
            return frozenset(wanted)
        return MADE_TO_SHARE.intersection(wanted) if self.hidden == "reports" else frozenset()

    def pseudonyms(self, say: Callable[[str], None]) -> Pseudonyms:
        """The pseudonyms to use; raises MspRulesError where a named key can't be used.

        Without a named key that of this user, made at first need. Where not even that can be
        written, one for this run alone: nothing goes out unhidden, and `say` tells what that means.
        """
        path = self.key_file or own_key()
        if self.key_file is None and not path.exists():
            try:
                new_key_file(path)
                say(f"a key of pseudonyms was made: {path}; keep it, see docs/trust.md")
            except MspRulesError:
                if not path.exists():  # another run may have made it meanwhile
                    say("no key of pseudonyms can be kept here: those of this run lead nowhere")
                    return key_for_one_run(self.shown_teams)
        found = read_key_file(path, self.shown_teams)
        if is_open_to_others(path):
            say(f"{path.name}: other users can read this key; only its owner should (mode 0600)")
        return found


def own_key() -> Path:
    """The key of this user: never beside results, so that it is not handed on with them."""
    return Path(click.get_app_dir("msp-rules")) / _OWN_KEY


def sharing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets one `sharing`."""

    @click.option("--identify", is_flag=True, help="Ids of the export in reports too: stay local.")
    @click.option("--share", is_flag=True, help="Pseudonyms in every file: fit to hand on.")
    @key_option
    @click.option(
        "--show-team",
        "teams",
        multiple=True,
        help="A team that pseudonymised files may name; repeat it for more.",
    )
    @wraps(command)
    def told(
        *, identify: bool, share: bool, key_file: Path | None, teams: tuple[str, ...], **rest: Any
    ) -> Any:
        if identify and share:
            raise click.UsageError("--identify and --share exclude each other")
        hidden = "none" if identify else "all" if share else "reports"
        sharing = Sharing(hidden=hidden, key_file=key_file, shown_teams=frozenset(teams))
        return command(sharing=sharing, **rest)

    return told


STOPPING: Final = "stopping in order; once more stops at once"


def resuming_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options `--resume` and `--checkpoint-seconds`."""
    resume = click.option(
        "--resume", is_flag=True, help="Go on with the scan into --out that was broken off."
    )
    seconds = click.option(
        "--checkpoint-seconds",
        type=click.FloatRange(min=0),
        default=CHECKPOINT_SECONDS,
        show_default=True,
        help="How often a scan into --out writes down how far it is.",
    )
    return resume(seconds(command))


def identity_of(
    scan: Scan,
    files: Sequence[ExportFile],
    mapping: Path | None,
    options: Options,
    pseudonyms: Pseudonyms | None,
) -> Identity:
    """What a scan rests on: the same of it, and the results are the same byte for byte."""
    ruleset = scan.engine.ruleset
    return {
        "versions": (versions(), scan.engine.matcher_name, LAYOUT),
        "rulesets": (ruleset.sha256, tuple(one.sha256 for one in ruleset.layers)),
        "mappings": None if mapping is None else _disk_state(mapping),
        "inputs": tuple((one.name, _disk_state(one.path)) for one in files),
        "options": (options, scan.limits),
        "keys of pseudonyms": None if pseudonyms is None else pseudonyms.key_id,
    }


def earlier_scan(
    folder: RunFolder, identity: Identity, *, resume: bool, tell: Callable[[str], None]
) -> Any:
    """What to go on with; None where the scan is to begin, and the folder is then cleared.

    Raises MspRulesError where another scan was broken off there than the one to resume.
    """
    state = None
    if resume:
        state = checkpoint_of(folder, identity)
        if state is None:
            what = "can't be used" if folder.has_checkpoint else "is not there"
            tell(f"a checkpoint to go on from {what}; the scan starts from the beginning")
    elif folder.has_checkpoint:
        tell("a scan was broken off here (--resume would go on with it); this one starts anew")
    if state is None:
        folder.begin()
    return state


def _disk_state(path: Path) -> object:
    """The hash and size of a file, or of each right in a folder; else why it can't be read."""
    if path.is_dir():
        return tuple((one.name, _disk_state(one)) for one in sorted(path.iterdir()))
    try:
        return sha256_on_disk(path)
    except InputUnreadable as error:
        return error.reason


@click.command()
@click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ruleset", default="msp-core", show_default=True, help="A shipped name or a folder."
)
@overlay_option
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="How a vendor's export is read.",
)
@click.option("--as-of", help="Judge as of this date (or date-time) instead of the export's own.")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FILES, "summary"]))
@click.option("--out", help="A folder for the results; '-' writes one document to standard output.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; left out: as many as it takes."
)
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]))
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--all-rows", is_flag=True, help="List what is not applicable, too.")
@resuming_options
@click.option(
    "--max-unpacked",
    "max_mebibytes",
    type=click.IntRange(min=1),
    help="MiB that an archive may unpack to; left out: 64 GiB, and 16 GiB for one export of it.",
)
@click.option("--progress", type=click.Choice(["json"]), help="Progress as lines of JSON.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@sharing_options
@click.pass_context
def scan(
    context: click.Context,
    exports: tuple[Path, ...],
    ruleset: str,
    overlays: tuple[Path, ...],
    mapping_file: Path | None,
    as_of: str | None,
    formats: tuple[str, ...],
    out: str | None,
    jobs: int | None,
    fail_on: str | None,
    matcher: str,
    checkpoint_seconds: float,
    max_mebibytes: int | None,
    progress: str | None,
    *,
    all_rows: bool,
    resume: bool,
    quiet: bool,
    sharing: Sharing,
) -> None:
    """Scan exported case files (files or folders) and report what the record evidences."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - writes one document: name one --format")
    to = None if out is None or out == "-" else Path(out)
    if resume and to is None:
        raise click.UsageError("--resume goes on with a scan into a folder: name it with --out")
    cutoff = cutoff_of(as_of)
    errors = Console(stderr=True)
    engine = Engine(layered(ruleset, overlays).ruleset, matcher=matcher, foresees=False)
    if engine.notice and not quiet:
        errors.print(engine.notice)
    job = Scan(engine, cutoff, limits=limits_of(max_mebibytes))
    if mapping_file is not None:
        job.mapping = load_mapping(mapping_file, engine.ruleset.vocabulary or core_vocabulary())
    wanted = set(formats) - {"summary"}
    if to is not None and not wanted:
        wanted = set(ALWAYS)
    hidden = sharing.formats(wanted)
    pseudonyms = sharing.pseudonyms(errors.print) if hidden else None
    sources = sources_in(exports, job.mapping, job.limits)
    options = Options(
        as_of=cutoff,
        all_rows=all_rows,
        matcher=matcher,
        formats=tuple(sorted(wanted)),
        hidden=sharing.hidden,
        shown_teams=sharing.shown_teams,
        max_mebibytes=max_mebibytes,
    )
    with ExitStack() as stack:
        is_stopping = stack.enter_context(orderly_interrupts(lambda: errors.print(STOPPING)))
        folder = None if to is None else stack.enter_context(RunFolder(to))
        run = ScanRun(job, folder, is_stopping=is_stopping, checkpoint_seconds=checkpoint_seconds)
        if folder is not None:
            run.identity = identity_of(job, sources, mapping_file, options, pseudonyms)
            run.earlier = earlier_scan(folder, run.identity, resume=resume, tell=errors.print)
        if not run.is_over:
            run.documents = documents_of(
                wanted, folder, engine, pseudonyms, hidden, all_rows=all_rows
            )
        run.go_on()
        size = sum(one.size for one in sources)
        stack.enter_context(show_progress(progress, job, size, errors, quiet=quiet))
        run.run(exports, jobs or jobs_worth(sources))
        if folder is not None:
            files = {FILES[name]: name in hidden for name in wanted}
            write_manifest(run.result, options, folder.out, files, pseudonyms)
            run.clear_away()
    sys.stdout.flush()
    if not quiet and (not wanted or to is not None):
        print_summary(run.result, Console(), shows_ids=sharing.hidden == "none")
        if to is not None:
            for name in sorted(wanted):
                click.echo(f"Results: {to / FILES[name]}")
    if run.was_interrupted:
        errors.print("interrupted: what there is so far is incomplete")
        if to is not None:
            errors.print("--resume goes on with this scan")
    context.exit(INTERNAL if run.was_interrupted else _exit_code(job, fail_on))


def _exit_code(job: Scan, fail_on: str | None) -> int:
    tally = job.tally
    if not tally.is_complete:
        return INCOMPLETE
    if fail_on is not None and tally.worst is not None:
        return FINDINGS if tally.worst.rank >= Severity(fail_on).rank else 0
    return 0
