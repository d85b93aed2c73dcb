"""`msp-rules verify`: are these the results that the manifest says, and does a scan repeat them?"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import orjson

from msp_rules.audit.manifest import ReadManifest, read_manifest
from msp_rules.audit.pseudonyms import read_key_file
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
from msp_rules.cli.exits import FINDINGS, INCOMPLETE
from msp_rules.cli.options import layered, overlay_option
from msp_rules.cli.scan import key_option, own_key, scan
from msp_rules.errors import MspRulesError
from msp_rules.reports.formats import FILES, MADE_TO_SHARE

_EXITS: Final = {OK: 0, DIFFERS: FINDINGS, CANNOT: INCOMPLETE}
_SHARING: Final[Mapping[str, Sequence[str]]] = {
    "none": ("--identify",),
    "all": ("--share",),
    "reports": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command was told, beside the manifest."""

    exports: tuple[Path, ...]
    ruleset: str | None
    overlays: tuple[Path, ...]
    mapping: Path | None
    key_file: Path | None
    jobs: int | None


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.argument("exports", nargs=-1, type=click.Path(path_type=Path))
@click.option("--ruleset", help="A shipped name or a folder; left out: the one named there.")
@overlay_option
@click.option("--mapping", type=click.Path(path_type=Path), help="The mapping that was used.")
@key_option
@click.option("--public-key", type=click.Path(path_type=Path), help="Whose signature it must be.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes of the repeated scan.")
@click.option("--json", "as_json", is_flag=True, help="The checks as JSON.")
@click.pass_context
def verify(
    context: click.Context,
    manifest: Path,
    exports: tuple[Path, ...],
    ruleset: str | None,
    overlays: tuple[Path, ...],
    mapping: Path | None,
    key_file: Path | None,
    public_key: Path | None,
    jobs: int | None,
    *,
    as_json: bool,
) -> None:
    """Check the results beside a MANIFEST, and repeat the scan of EXPORTS to compare every byte.

    Left out, EXPORTS are looked for by name beside the manifest and here.
    """
    stated, folder = read_manifest(manifest), manifest.parent
    asked = _Asked(
        exports=exports,
        ruleset=ruleset,
        overlays=overlays,
        mapping=mapping,
        key_file=key_file,
        jobs=jobs,
    )
    signature = manifest.with_name(manifest.name + SUFFIX)
    checks = check_signature(stated, signature, public_key)
    outputs = check_outputs(stated.body, folder, FILES.values())
    with tempfile.TemporaryDirectory() as made:
        repeated = _repeated(stated, folder, asked, Path(made))
        places = altered_places(stated.body, folder, Path(made))
    checks += [
        one._replace(why=f"{one.why}: {places[one.what]}") if one.what in places else one
        for one in outputs
    ]
    _show(manifest, [*checks, *repeated], as_json=as_json)
    context.exit(_EXITS[state_of([*checks, *repeated])])


def _repeated(stated: ReadManifest, folder: Path, asked: _Asked, made: Path) -> list[Check]:
    """The checks of what the results rest on and, where all of it is here, of a repeated scan."""
    body = stated.body
    exports = asked.exports or _beside(body, folder)
    formats, key_file, key_checks = _formats(body, asked)
    checks = check_inputs(body, exports)
    checks += _check_rules(body, asked)
    mapping = body.get("mapping")
    if mapping is not None and asked.mapping is None:
        checks.append(Check("mapping", CANNOT, "made with a mapping file: say --mapping"))
    checks += key_checks
    if state_of(one for one in checks if one not in key_checks) != OK:
        return [*checks, Check("repeated scan", CANNOT, "what it rests on is not all here")]
    if body.get("interrupted"):
        return [*checks, Check("repeated scan", CANNOT, "it was interrupted; see --resume")]
    if not formats:
        return checks
    words = _words(body, asked, exports, formats, key_file)
    try:
        # The command itself, as it was given then: what is repeated is what a person would do.
        scan.main([*words, "--out", str(made)], standalone_mode=False)
    except MspRulesError as error:
        return [*checks, Check("repeated scan", CANNOT, str(error))]
    except click.UsageError:  # its text may hold what stands in the manifest
        return [*checks, Check("repeated scan", CANNOT, "no scan has the options that are stated")]
    return [*checks, *check_repeated(stated, folder, made)]


def _beside(body: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    """The stated inputs that lie by their names beside the manifest, above it, or here."""
    # Of an export in an archive, the archive's name comes first.
    names = dict.fromkeys(row["name"].partition("/")[0] for row in body["inputs"])
    places = (folder, folder.absolute().parent, Path())
    found = [next((p / name for p in places if (p / name).is_file()), None) for name in names]
    return tuple(path for path in found if path is not None)


def _check_rules(body: Mapping[str, Any], asked: _Asked) -> list[Check]:
    name = asked.ruleset or str(body["ruleset"].get("id"))
    try:
        return check_rules(body, layered(name, asked.overlays).ruleset)
    except MspRulesError as error:
        return [Check(f"ruleset {name}", CANNOT, str(error))]


def _formats(body: Mapping[str, Any], asked: _Asked) -> tuple[list[str], Path | None, list[Check]]:
    """The formats that can be made again, the key for them, and what is to be said of the key."""
    options = body["options"]
    formats = [str(name) for name in options.get("formats", ())]
    stated = options.get("pseudonym_key")
    if stated is None:
        return formats, None, []
    path = asked.key_file or own_key()
    what = f"key of pseudonyms {stated}"
    if path.exists() and read_key_file(path).key_id == stated:
        return formats, path, [Check(what, OK)]
    why = "it is not here: say --pseudonym-key" if asked.key_file is None else "another was given"
    left = [] if options.get("pseudonyms") == "all" else sorted({*formats} - MADE_TO_SHARE)
    return left, None, [Check(what, CANNOT, f"{why}; files with its pseudonyms are not repeated")]


def _words(
    body: Mapping[str, Any],
    asked: _Asked,
    exports: Sequence[Path],
    formats: Sequence[str],
    key_file: Path | None,
) -> list[str]:
    options = body["options"]
    words = [str(path) for path in exports]
    words += ["--ruleset", asked.ruleset or str(body["ruleset"]["id"]), "--quiet"]
    words += [word for path in asked.overlays for word in ("--overlay", str(path))]
    words += [word for name in formats for word in ("--format", name)]
    words += [
        word for team in options.get("shown_teams", ()) for word in ("--show-team", str(team))
    ]
    words += _SHARING.get(str(options.get("pseudonyms")), ())
    words += ["--matcher", str(options.get("matcher", "auto"))]
    words += ["--all-rows"] if options.get("all_rows") else []
    for option, value in (
        ("--as-of", options.get("as_of")),
        ("--max-unpacked", options.get("max_unpacked")),
        ("--mapping", asked.mapping),
        ("--pseudonym-key", key_file),
        ("--jobs", asked.jobs),
    ):
        words += [option, str(value)] if value is not None else []
    return words


def _show(manifest: Path, checks: Sequence[Check], *, as_json: bool) -> None:
    state = state_of(checks)
    if as_json:
        rows = [one._asdict() for one in checks]
        body = {"schema": "msp-verification/1", "manifest": manifest.name, "state": state}
        click.echo(orjson.dumps({**body, "checks": rows}, option=orjson.OPT_INDENT_2).decode())
        return
    for one in checks:
        click.echo(f"{one.what}: {one.state}{f' ({one.why})' if one.why else ''}")
    click.echo(f"{manifest.name}: {_SUMMARY[state]}")


_SUMMARY: Final = {
    OK: "the results are the ones stated, and the scan repeats them byte for byte",
    DIFFERS: "something is not as stated",
    CANNOT: "nothing differs, but not everything could be checked",
}
