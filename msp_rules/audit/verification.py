"""Whether results are what their manifest says: check after check, each with its reason.

Where two files of results first differ: by case, rule and subject, never by content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import orjson

from msp_rules.audit.manifest import MANIFEST, ReadManifest, output_row, read_manifest, versions
from msp_rules.audit.signing import problem_of
from msp_rules.rules.language.rule import Ruleset

_CHUNK: Final = 1 << 16


def first_difference(one: Path, other: Path) -> str:
    """The place of the first difference of two files that differ; both are read as they come."""
    place = _PLACES.get(one.name)
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
    """The number, from 1, of the first byte that is not the same in both."""
    start = 0
    while True:
        a, b = one.read(_CHUNK), other.read(_CHUNK)
        if a != b or not a:
            same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
            return start + 1 + (min(len(a), len(b)) if same is None else same)
        start += len(a)


def _in_json(one: bytes, other: bytes) -> str | None:
    """The place in a line of results.json or results.jsonl: of a case, or what follows them."""
    if one.startswith(b"],") or other.startswith(b"],"):
        a, b = (_parsed(b"{" + line.removeprefix(b"],")) for line in (one, other))
        return None if a is None or b is None else ", ".join(_first_keys(a, b))
    a, b = (_parsed(line.rstrip().removesuffix(b",")) for line in (one, other))
    known = a or b
    if known is None or "case" not in known:
        return None
    case = f"case {known['case']}"
    if a is None or b is None or a.get("case") != b.get("case"):
        return case
    rows = zip_longest(_rows(a), _rows(b))
    for x, y in rows:
        if x != y:
            row = x or y or {}
            subject = f", subject {row.get('subject')}" if row.get("subject") else ""
            return f"{case}, rule {row.get('rule')}{subject}"
    return ", ".join((case, *_first_keys(a, b)))


def _rows(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = case.get("verdicts")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _first_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """The first key that differs, and inside it the next, as long as both have keys there."""
    for key in (*one, *(key for key in other if key not in one)):
        a, b = one.get(key), other.get(key)
        if a == b and (key in one) == (key in other):
            continue
        yield key
        if isinstance(a, dict) and isinstance(b, dict):
            yield from _first_keys(a, b)
        return


def differing_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The keys of which two documents say different things, in order."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _in_csv(one: bytes, other: bytes) -> str | None:
    case, _, rest = (one or other).partition(b",")
    rule = rest.partition(b",")[0]
    if not case or b'"' in case or not rule or rule == b"rule":  # quoted, or the head
        return None
    return f"case {case.decode('utf-8', 'replace')}, rule {rule.decode('utf-8', 'replace')}"


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


_PLACES: Final[Mapping[str, Callable[[bytes, bytes], str | None]]] = {
    "results.json": _in_json,
    "results.jsonl": _in_json,
    "results.csv": _in_csv,
}


OK: Final = "ok"
DIFFERS: Final = "differs"
CANNOT: Final = "cannot be checked"
_NEEDED: Final = ("engine", "calendar", "mapping")
"""Where one of these is another, nothing can be repeated."""


class Check(NamedTuple):
    """One check: what was looked at, how it came out, and why (None where it is plainly fine)."""

    what: str
    state: str
    why: str | None = None


def state_of(checks: Iterable[Check]) -> str:
    """The weightiest state of all: one difference outweighs all that can't be checked."""
    found = {one.state for one in checks}
    return next((state for state in (DIFFERS, CANNOT) if state in found), OK)


def check_signature(
    manifest: ReadManifest, signature: Path, public_key: Path | None
) -> list[Check]:
    """Whether the signature is one of the given key; no check where there is neither."""
    what = "signature"
    if public_key is None:
        if not signature.exists():
            return []
        return [Check(what, CANNOT, f"{signature.name} is there; say --public-key to check it")]
    if not signature.exists():
        return [Check(what, DIFFERS, f"there is no {signature.name} beside the manifest")]
    problem = problem_of(manifest.content, signature, public_key)
    return [Check(what, OK if problem is None else DIFFERS, problem)]


def check_outputs(
    manifest: Mapping[str, Any], folder: Path, known: Iterable[str] = ()
) -> list[Check]:
    """Whether each result file in a folder has the hash that the manifest states.

    A file with one of the `known` names of results which the manifest does not name is another
    scan's, and can't be checked by this one.
    """
    checks = []
    for row in manifest["outputs"]:
        name = row["name"]
        path = folder / name
        if not path.is_file():
            checks.append(Check(name, DIFFERS, "it is not there"))
            continue
        same = output_row(path)["sha256"] == row["sha256"]
        why = None if same else "it is not the file whose hash the manifest states"
        checks.append(Check(name, OK if same else DIFFERS, why))
    for name in sorted({*known} - {row["name"] for row in manifest["outputs"]}):
        if (folder / name).exists():
            checks.append(Check(name, CANNOT, "it lies here, but the manifest does not name it"))
    return checks


def check_inputs(manifest: Mapping[str, Any], exports: Sequence[Path]) -> list[Check]:
    """Whether every stated input is among some files and folders, by its hash on disk.

    One that has the name and another hash is another file; one that is nowhere can't be checked.
    What may be read out of a folder as a whole is left to the repeated scan.
    """
    hashes = {path.name: output_row(path)["sha256"] for path in _files(exports)}
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
            checks.append(Check(what, DIFFERS, "it is not the file whose hash is stated"))
        elif not has_folder:
            checks.append(Check(what, CANNOT, "no file given, or beside, has the stated hash"))
    return checks


def _files(exports: Sequence[Path]) -> list[Path]:
    found = []
    for path in exports:
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in found if path.is_file()]


def check_rules(manifest: Mapping[str, Any], ruleset: Ruleset) -> list[Check]:
    """Whether a ruleset with its overlays is the one that the manifest states."""
    own = {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256}
    layers = [
        {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
    ]
    stated = manifest["ruleset"]
    if stated == own and manifest["layers"] == layers:
        return [Check(f"ruleset {ruleset.id}", OK)]
    if stated != own:
        why = f"made with {_named(stated)}; here is {_named(own)}, and its files are others"
    else:
        names = ", ".join(_named(one) for one in manifest["layers"])
        why = f"made with the layers {names}: name them with --overlay, unchanged"
    return [Check(f"ruleset {stated.get('id')}", CANNOT, why)]


def check_repeated(stated: ReadManifest, folder: Path, again: Path) -> list[Check]:
    """Whether results that were made again are the stated ones, byte for byte."""
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
        why = "the scan gives other bytes"
        if (folder / name).is_file() and output_row(folder / name)["sha256"] != made[name]:
            why += f", {first_difference(folder / name, again / name)}"
        checks.append(Check(f"{name} repeated", DIFFERS, "; ".join((why, *others))))
    keys = [key for key in differing_keys(body, repeated) if key not in ("versions", "outputs")]
    # What was left out because its key is missing is said elsewhere.
    keys = [key for key in keys if key != "options" or _told(body) != _told(repeated)]
    why_not = f"the scan gives another {', '.join(keys)}" if keys else None
    checks.append(Check("manifest repeated", DIFFERS if keys else OK, why_not))
    return checks


def altered_places(body: Mapping[str, Any], folder: Path, again: Path) -> dict[str, str]:
    """Of files that are not the stated ones: where they first differ from those made again."""
    places = {}
    for row in body["outputs"]:
        here, made = folder / row["name"], again / row["name"]
        if not (here.is_file() and made.is_file()):
            continue
        if output_row(made)["sha256"] == row["sha256"] != output_row(here)["sha256"]:
            places[row["name"]] = first_difference(here, made)
    return places


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    left_out = ("formats", "pseudonyms", "pseudonym_key", "shown_teams")
    return {key: value for key, value in body["options"].items() if key not in left_out}


def _moved(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))


def _named(row: Mapping[str, Any]) -> str:
    return f"{row.get('id')} {row.get('version')}"
