"""Checks whether results are what their manifest states: check after check, each with its reason.

Where two files differ, the first difference is named by case, rule and subject, never by content.
Each format knows how the lines of its files are compared: that is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from msp_rules.audit.manifest import MANIFEST, ReadManifest, output_row, read_manifest, versions
from msp_rules.audit.signing import problem_of
from msp_rules.intake.file_names import shown_name
from msp_rules.rules.language.rule import Ruleset

_CHUNK: Final = 1 << 16


LineDifferences = Mapping[str, Callable[[bytes, bytes], str | None]]
"""By the name of a file how two of its lines differ: the place, None where the line must do."""


def first_difference(one: Path, other: Path, differences: LineDifferences) -> str:
    """Names the first difference of two files that differ; both are read as they come."""
    place = differences.get(one.name)
    with one.open("rb") as first, other.open("rb") as second:
        if place is not None:
            for number, (a, b) in enumerate(zip_longest(first, second), start=1):
                if a != b:
                    found = place(a or b"", b or b"")
                    return f"first at {found or f'line {number}'}"
        first.seek(0)
        second.seek(0)
        return f"from byte {_first_byte(first, second)} on"


def _first_byte(one: BinaryIO, other: BinaryIO) -> int:
    """Finds the first byte, counted from 1, that is not the same in both."""
    start = 0
    while True:
        a, b = one.read(_CHUNK), other.read(_CHUNK)
        if a != b or not a:
            same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
            return start + 1 + (min(len(a), len(b)) if same is None else same)
        start += len(a)


def differing_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Lists the keys of which two documents say different things, in order."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


OK: Final = "ok"
DIFFERS: Final = "differs"
CANNOT: Final = "cannot be checked"
_NEEDED: Final = ("engine", "calendar", "mapping")
"""Nothing can be repeated if one of these differs."""


class Check(NamedTuple):
    """The result of one check."""

    what: str
    """The thing that was checked."""
    state: str
    """One of OK, DIFFERS and CANNOT."""
    why: str | None = None
    """The reason; None where all is well."""


def state_of(checks: Iterable[Check]) -> str:
    """Gives the most serious state: one difference outweighs all that can't be checked."""
    found = {one.state for one in checks}
    return next((state for state in (DIFFERS, CANNOT) if state in found), OK)


def check_signature(
    manifest: ReadManifest, signature: Path, public_key: Path | None
) -> list[Check]:
    """Checks whether the signature is one of the given key; no check where there is neither."""
    what = "signature"
    if public_key is None:
        if not signature.exists():
            return []
        return [Check(what, CANNOT, f"{signature.name} is here; give --public-key to check it")]
    if not signature.exists():
        return [Check(what, DIFFERS, f"there is no {signature.name} beside the manifest")]
    problem = problem_of(manifest.content, signature, public_key)
    return [Check(what, OK if problem is None else DIFFERS, problem)]


def check_outputs(
    manifest: Mapping[str, Any], folder: Path, known: Iterable[str] = ()
) -> list[Check]:
    """Checks whether each result file in a folder has the hash that the manifest states.

    A file with one of the `known` names of results which the manifest does not name is another
    scan's, and can't be checked by this one.
    """
    checks = []
    for row in manifest["outputs"]:
        name = row["name"]
        path = folder / name
        if not path.is_file():
            checks.append(Check(name, DIFFERS, "it is missing"))
            continue
        same = output_row(path)["sha256"] == row["sha256"]
        why = None if same else "its hash is not the one in the manifest"
        checks.append(Check(name, OK if same else DIFFERS, why))
    for name in sorted({*known} - {row["name"] for row in manifest["outputs"]}):
        if (folder / name).exists():
            checks.append(Check(name, CANNOT, "it is in this folder, but not in the manifest"))
    return checks


def check_inputs(manifest: Mapping[str, Any], exports: Sequence[Path]) -> list[Check]:
    """Checks whether every stated input is among some files and folders, by its hash on disk.

    One with the name but another hash is a different file; one that is not found can't be checked.
    Inputs that are read from a folder as a whole are left to the repeated scan.
    """
    hashes = {shown_name(path.name): output_row(path)["sha256"] for path in _files(exports)}
    names = {digest: name for name, digest in hashes.items()}
    has_folder = any(path.is_dir() for path in exports)
    has_names = manifest["options"].get("pseudonyms") != "all"
    checks = []
    for row in manifest["inputs"]:
        what, digest = f"input {row['name']}", row["sha256"]
        name = row["name"].partition("/")[0]  # of an export in an archive: the archive's
        if hashes.get(name) == digest or (digest in names and not has_names):
            checks.append(Check(what, OK))
        elif digest in names:
            why = f"{names[digest]} is the same file under another name; names are in the results"
            checks.append(Check(what, CANNOT, why))
        elif name in hashes:
            checks.append(Check(what, DIFFERS, "its hash is not the stated one"))
        elif not has_folder:
            checks.append(
                Check(
                    what, CANNOT, "no file given, and none beside the manifest, has the stated hash"
                )
            )
    return checks


def _files(exports: Sequence[Path]) -> list[Path]:
    found = []
    for path in exports:
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in found if path.is_file()]


def check_rules(manifest: Mapping[str, Any], ruleset: Ruleset) -> list[Check]:
    """Checks whether a ruleset with its overlays is the one that the manifest states."""
    own = {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256}
    layers = [
        {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
    ]
    stated = manifest["ruleset"]
    if stated == own and manifest["layers"] == layers:
        return [Check(f"ruleset {ruleset.id}", OK)]
    if stated != own:
        why = f"made with {_named(stated)}; here is {_named(own)}, and its files differ"
    else:
        names = ", ".join(_named(one) for one in manifest["layers"])
        why = f"made with the layers {names}: name them with --overlay, unchanged"
    return [Check(f"ruleset {stated.get('id')}", CANNOT, why)]


def check_repeated(
    stated: ReadManifest, folder: Path, again: Path, differences: LineDifferences
) -> list[Check]:
    """Checks whether results that were made again are the stated ones, byte for byte."""
    repeated = read_manifest(again / MANIFEST).body
    body = stated.body
    then, now = body["versions"], versions()
    others = [f"{name} {then.get(name)} then, {now.get(name)} here" for name in _moved(then, now)]
    foreign = [name for name in _NEEDED if repeated.get(name) != body.get(name)]
    if foreign:
        why = "; ".join((f"made with another {' and '.join(foreign)}", *others))
        return [Check("repeated scan", CANNOT, why)]
    checks = []
    made = {row["name"]: row["sha256"] for row in repeated["outputs"]}
    for row in body["outputs"]:
        name = row["name"]
        if name not in made:
            continue
        if made[name] == row["sha256"]:
            checks.append(Check(f"{name} repeated", OK))
            continue
        why = "the scan gives different bytes"
        if (folder / name).is_file() and output_row(folder / name)["sha256"] != made[name]:
            why += f", {first_difference(folder / name, again / name, differences)}"
        checks.append(Check(f"{name} repeated", DIFFERS, "; ".join((why, *others))))
    keys = [key for key in differing_keys(body, repeated) if key not in ("versions", "outputs")]
    # What was left out because its key is missing is said elsewhere.
    keys = [
        key
        for key in keys
        if key != "options" or _stated_options(body) != _stated_options(repeated)
    ]
    why_not = f"the scan gives a different {', '.join(keys)}" if keys else None
    checks.append(Check("manifest repeated", DIFFERS if keys else OK, why_not))
    return checks


def altered_places(
    body: Mapping[str, Any], folder: Path, again: Path, differences: LineDifferences
) -> dict[str, str]:
    """Finds the first difference between altered files and those that the repetition made."""
    places = {}
    for row in body["outputs"]:
        here, made = folder / row["name"], again / row["name"]
        if not (here.is_file() and made.is_file()):
            continue
        if output_row(made)["sha256"] == row["sha256"] != output_row(here)["sha256"]:
            places[row["name"]] = first_difference(here, made, differences)
    return places


def _stated_options(body: Mapping[str, Any]) -> dict[str, Any]:
    left_out = ("formats", "pseudonyms", "pseudonym_key", "shown_teams")
    return {key: value for key, value in body["options"].items() if key not in left_out}


def _moved(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))


def _named(row: Mapping[str, Any]) -> str:
    return f"{row.get('id')} {row.get('version')}"
