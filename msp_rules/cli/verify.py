"""`msp-rules verify`: checks results or a sample against what they state, and makes them again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import orjson
from rich.console import Console

from msp_rules.audit.case_file.repeated import check_sample
from msp_rules.audit.case_file.sample import SCHEMA as SAMPLE
from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.manifest import ReadManifest, read_manifest, with_stated_options
from msp_rules.audit.pseudonyms import key_for_one_run, read_key_file
from msp_rules.audit.request import ScanRequest
from msp_rules.audit.run import run_scan
from msp_rules.audit.run_folder import RunFolder
from msp_rules.audit.signing import SUFFIX
from msp_rules.audit.verification import (
    CANNOT,
    DIFFERS,
    OK,
    Check,
    altered_places,
    check_inputs,
    check_outputs,
    check_repeated,
    check_rules,
    check_signature,
    state_of,
)
from msp_rules.audit.workers import in_processes
from msp_rules.cli.conventions import FINDINGS, INCOMPLETE
from msp_rules.cli.exports import ExportPath
from msp_rules.cli.options import overlay_option
from msp_rules.cli.sharing import key_in, key_option, own_key
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.formats import FORMATS, line_differences, needs_pseudonyms, planned_outputs
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.loading import load_ruleset

_EXITS: Final = {OK: 0, DIFFERS: FINDINGS, CANNOT: INCOMPLETE}


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.argument("exports", nargs=-1, type=ExportPath())
@click.option("--ruleset", help="A shipped name or a folder (default: the one in the manifest).")
@overlay_option
@click.option("--mapping", type=click.Path(path_type=Path), help="The mapping that was used.")
@key_option
@click.option(
    "--public-key",
    type=click.Path(path_type=Path),
    help="The key that the signature must have been made with.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Number of processes of the repeated scan."
)
@click.option("--json", "as_json", is_flag=True, help="Show the checks as JSON.")
@click.pass_context
def verify(context: click.Context, /, **asked: Any) -> None:
    """Check the results beside a MANIFEST, and repeat the scan of EXPORTS to compare every byte.

    Without EXPORTS, they are looked for by name beside the manifest and here. For the sample.json
    of a case-file audit, the sample is drawn again from EXPORTS.
    """
    context.exit(_verify(_Asked(**asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of the command line, as click has read them."""

    manifest: Path
    exports: tuple[Path, ...]
    ruleset: str | None
    overlays: tuple[Path, ...]
    mapping: Path | None
    key_file: Path | None
    public_key: Path | None
    jobs: int | None
    as_json: bool


def _verify(asked: _Asked) -> int:
    """Makes all checks and shows them; gives the exit code."""
    manifest = asked.manifest
    drawn_by = _drawn_by(manifest)
    if drawn_by is not None:
        return _verify_sample(asked, drawn_by)
    stated, folder = read_manifest(manifest), manifest.parent
    signature = manifest.with_name(manifest.name + SUFFIX)
    checks = check_signature(stated, signature, asked.public_key)
    outputs = check_outputs(stated.body, folder, [one.file for one in FORMATS.values()])
    with tempfile.TemporaryDirectory() as made:
        repeated = _repeated(stated, folder, asked, Path(made))
        places = altered_places(stated.body, folder, Path(made), line_differences())
    checks += [
        one._replace(why=f"{one.why}: {places[one.what]}") if one.what in places else one
        for one in outputs
    ]
    checks += repeated
    _show(manifest, checks, as_json=asked.as_json, summary=_SUMMARY)
    return _EXITS[state_of(checks)]


def _drawn_by(path: Path) -> str | None:
    """Names the ruleset of a sample; None for other files, of which more is said elsewhere."""
    try:
        body = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    if not isinstance(body, dict) or body.get("schema") != SAMPLE:
        return None
    stated = body.get("ruleset")
    return str(stated.get("id", "")) if isinstance(stated, dict) else ""


def _verify_sample(asked: _Asked, drawn_by: str) -> int:
    """Draws again as `sample.json` says, and compares."""
    if not asked.exports:
        raise click.UsageError("a sample is drawn again from its exports: name them")
    if not (asked.ruleset or drawn_by):
        where = SourceLocation(path=asked.manifest.name)
        raise InputUnreadable("it does not name its ruleset; give --ruleset", where)
    ruleset = load_ruleset(asked.ruleset or drawn_by, asked.overlays)
    mapping = None if asked.mapping is None else load_mapping(asked.mapping, ruleset.vocabulary)
    files = CaseFiles(exports=asked.exports, ruleset=ruleset, mapping=mapping)
    checks = check_sample(asked.manifest, files)
    _show(asked.manifest, checks, as_json=asked.as_json, summary=_OF_SAMPLE)
    return _EXITS[state_of(checks)]


def _repeated(stated: ReadManifest, folder: Path, asked: _Asked, made: Path) -> list[Check]:
    """Checks what the results rest on and, where all of it is here, repeats the scan."""
    body = stated.body
    exports = asked.exports or _beside(body, folder)
    key = _key(body, asked)
    ruleset, rule_checks = _rules(body, asked)
    checks = [*check_inputs(body, exports), *rule_checks]
    if body.get("mapping") is not None and asked.mapping is None:
        checks.append(Check("mapping", CANNOT, "made with a mapping file: give --mapping"))
    is_all_here = state_of(checks) == OK
    checks += key.checks
    if ruleset is None or not is_all_here:
        return [*checks, Check("repeated scan", CANNOT, "not everything that it needs is here")]
    if body.get("interrupted"):
        return [*checks, Check("repeated scan", CANNOT, "it was interrupted; see --resume")]
    if not key.formats:
        return checks
    try:
        request = _request(body, asked, ScanRequest(exports=exports, ruleset=ruleset), key)
        outputs = planned_outputs(request)
        run_scan(request, outputs, executor=in_processes, folder=RunFolder(made))
    except MspRulesError as error:
        return [*checks, Check("repeated scan", CANNOT, str(error))]
    return [*checks, *check_repeated(stated, folder, made, line_differences())]


def _request(
    body: Mapping[str, Any], asked: _Asked, request: ScanRequest, key: _Key
) -> ScanRequest:
    """Rebuilds the request of the scan; raises MspRulesError where that is impossible."""
    try:
        request = with_stated_options(request, body["options"])
        formats = tuple(FORMATS[name].name for name in sorted({*key.formats}))
    except (KeyError, ValueError):  # their texts may hold what stands in the manifest
        raise MspRulesError("the manifest states options that no scan has") from None
    request = replace(request, formats=formats, jobs=asked.jobs)
    if asked.mapping is not None:
        request = replace(request, mapping=load_mapping(asked.mapping, request.vocabulary))
    if not needs_pseudonyms(request):
        return request
    if key.file is None:
        # The manifest names no key, though its files hold pseudonyms: nothing repeats those.
        return replace(request, pseudonyms=key_for_one_run(request.shown_teams))
    say = Console(stderr=True).print
    return replace(request, pseudonyms=key_in(key.file, request.shown_teams, say))


def _beside(body: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    """Finds the stated inputs by name: beside the manifest, above it, or here."""
    # Of an export in an archive, the archive's name comes first.
    names = dict.fromkeys(row["name"].partition("/")[0] for row in body["inputs"])
    places = (folder, folder.absolute().parent, Path())
    found = [next((p / name for p in places if (p / name).is_file()), None) for name in names]
    return tuple(path for path in found if path is not None)


def _rules(body: Mapping[str, Any], asked: _Asked) -> tuple[Ruleset | None, list[Check]]:
    """Finds the ruleset to repeat the scan with, and checks whether it is the stated one."""
    name = asked.ruleset or str(body["ruleset"].get("id"))
    try:
        ruleset = load_ruleset(name, asked.overlays)
    except MspRulesError as error:
        return None, [Check(f"ruleset {name}", CANNOT, str(error))]
    return ruleset, check_rules(body, ruleset)


class _Key(NamedTuple):
    """The formats that can be made again, the key of their pseudonyms, what is to be said of it."""

    formats: list[str]
    file: Path | None
    checks: list[Check]


def _key(body: Mapping[str, Any], asked: _Asked) -> _Key:
    options = body["options"]
    formats = [str(name) for name in options.get("formats", ())]
    stated = options.get("pseudonym_key")
    if stated is None:
        return _Key(formats, None, [])
    path = asked.key_file or own_key()
    what = f"pseudonym key {stated}"
    if path.exists() and read_key_file(path).key_id == stated:
        return _Key(formats, path, [Check(what, OK)])
    why = (
        "it is not here: give --pseudonym-key"
        if asked.key_file is None
        else "a different one was given"
    )
    shareable = {one.name for one in FORMATS.values() if one.is_shareable}
    left = [] if options.get("pseudonyms") == "all" else sorted({*formats} - shareable)
    said = Check(what, CANNOT, f"{why}; files with its pseudonyms are not repeated")
    return _Key(left, None, [said])


def _show(
    manifest: Path, checks: Sequence[Check], *, as_json: bool, summary: Mapping[str, str]
) -> None:
    state = state_of(checks)
    if as_json:
        rows = [one._asdict() for one in checks]
        body = {"schema": "msp-verification/1", "manifest": manifest.name, "state": state}
        click.echo(orjson.dumps({**body, "checks": rows}, option=orjson.OPT_INDENT_2).decode())
        return
    for one in checks:
        click.echo(f"{one.what}: {one.state}{f' ({one.why})' if one.why else ''}")
    click.echo(f"{manifest.name}: {summary[state]}")


_SUMMARY: Final = {
    OK: "the results are the ones stated, and the scan repeats them byte for byte",
    DIFFERS: "something differs from what is stated",
    CANNOT: "nothing differs, but not everything could be checked",
}
_OF_SAMPLE: Final = {
    OK: "the draw made again gives the same sample",
    DIFFERS: "something differs from what is stated",
    CANNOT: "nothing differs, but not everything could be checked",
}
