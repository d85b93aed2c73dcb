"""Files that an earlier version left behind are opened: without loss, or refused with what to do.

How they were made stands in kept/README.md.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.golden.desk import (
    Desk,
    Memory,
    answers,
    core_engine,
    digest,
    feedback_of,
    parse_as_of,
    plain_changes,
    plain_heard,
    upgrade,
)
from tests.golden.inputs import ROOT
from tests.golden.kept_files import (
    CHECKPOINT,
    FINISHED,
    KEPT,
    MAPPINGS,
    MEMORY_ANSWERS,
    MEMORY_ON_POSTGRESQL,
    MEMORY_ON_SQLITE,
    RESUMED_FORMATS,
    expected,
    mapped_scan,
    resumed_scan,
    unpack_folder,
    unpacked,
    verification,
)
from tests.golden.runs import Tree, command, layers
from tests.support.postgresql import WITHOUT, NoPostgresql, create_database, postgresql_server

pytestmark = pytest.mark.slow

EXPECTED = expected()
HELD = EXPECTED["memory"]
NOW = parse_as_of(HELD["now"])
PACKAGE = ROOT / "msp_rules"
INTERNAL = 5
_numbers = itertools.count(1)
NEW_EVENT = {
    "specversion": "1.0",
    "id": "kept/new",
    "source": "urn:example:made-up-case-system",
    "type": "org.msp-rules.meeting_held.v1",
    "subject": sorted(HELD["cases"])[0],
    "data": {"id": "new", "occurred": "2026-04-02T10:00:00"},
}


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree.of_this_process()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if os.environ.get(WITHOUT):
        pytest.skip(f"{WITHOUT} is set: the kept memory is not opened on PostgreSQL here")
    started = postgresql_server()
    try:
        url = started.__enter__()
    except NoPostgresql as reason:
        pytest.fail(str(reason), pytrace=False)
    try:
        yield url
    finally:
        started.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the kept memory lies, upgraded by this version as a host would."""
    if request.param == "sqlite":
        path = tmp_path / "memory.sqlite"
        path.write_bytes(unpacked(MEMORY_ON_SQLITE))
        place = str(path)
    else:
        place = create_database(request.getfixturevalue("server"), f"kept_{next(_numbers)}")
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(unpacked(MEMORY_ON_POSTGRESQL))
    upgrade(place)
    return place


@pytest.fixture(scope="module")
def engine() -> Any:
    """The rules that the memory was kept under; how a memory moves over is tested elsewhere."""
    return core_engine("msp-core-0.1.0")


def test_all_that_the_memory_held_is_there_after_an_upgrade(where: str, engine: Any) -> None:
    kept = json.loads(unpacked(MEMORY_ANSWERS))
    with Memory(where) as memory:
        desk = Desk(memory, engine)
        found = {case: answers(desk, engine, case) for case in HELD["cases"]}
        changes = plain_changes(desk.changes())

    for one in (*found.values(), *kept.values()):
        one["cards"] = [without_words(card) for card in one["cards"]]
    lost = {
        case: [name for name in parts if parts[name] != kept[case][name]]
        for case, parts in found.items()
        if parts != kept[case]
    }
    assert not lost
    assert [len(changes), digest(changes)] == HELD["changes"]


def without_words(card: dict[str, Any]) -> dict[str, Any]:
    """Leaves out how a card writes its sources, which a later version may put better.

    What a card has no value for is not in it any more, as CDS Hooks wants, and was null before.
    """
    kept = {k: v for k, v in card.items() if k not in ("source", "detail")}
    # What a program reads of reasons and limits came later; the older keys are as they were.
    routing = {
        name: {k: v for k, v in part.items() if k not in ("state", "until", "allowed", "reasons")}
        for name, part in kept.pop("extension").items()
    }
    return without_empty({**kept, "extension": routing})


def without_empty(value: Any) -> Any:
    """Leaves out whatever is null or empty, at any depth."""
    if isinstance(value, dict):
        parts = {name: without_empty(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, [], {}, "")}
    return [without_empty(part) for part in value] if isinstance(value, list) else value


def test_the_kept_answers_are_those_whose_digests_stand_beside_them() -> None:
    kept = json.loads(unpacked(MEMORY_ANSWERS))

    assert {case: {k: digest(v) for k, v in one.items()} for case, one in kept.items()} == HELD[
        "cases"
    ]
    assert len(kept) == 50
    assert {"raised", "resolved", "withdrawn", "deferred", "overridden"} <= set(HELD["prompts"])


def test_work_goes_on_with_an_upgraded_memory(where: str, engine: Any) -> None:
    """What came before is known, a new event is taken in, and an upgrade asks nobody anew."""
    with Memory(where) as memory:
        desk = Desk(memory, engine)
        swept = desk.sweep(NOW)
        known = [desk.receive(one, NOW).status.value for one in HELD["messages"]]
        heard = [plain_heard(desk, feedback_of(said)) for said, _ in HELD["feedback"]]
        received = desk.receive(NEW_EVENT, parse_as_of("2026-04-02T11:00:00"), force=True)
        held = desk.held_on(NEW_EVENT["subject"])

    assert swept.kept == ()
    assert swept.faults == ()
    assert known == ["already_known"] * len(HELD["messages"])
    assert heard == [
        {"heard_as": "repeated", "explanation": explanation} for _, explanation in HELD["feedback"]
    ]
    assert received.status.value == "recorded"
    assert held is not None
    kept = json.loads(unpacked(MEMORY_ANSWERS))[NEW_EVENT["subject"]]["held"]
    assert len(held["messages"]) == len(kept["messages"]) + 1


def test_the_command_line_upgrades_and_shows_the_memory(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "memory.sqlite").write_bytes(unpacked(MEMORY_ON_SQLITE))
    case = NEW_EVENT["subject"]

    done = command(["memory", "upgrade", "memory.sqlite"], tmp_path, tree)
    shown = command(["memory", "held-on", case, "memory.sqlite"], tmp_path, tree)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(shown.stdout) == json.loads(unpacked(MEMORY_ANSWERS))[case]["held"]


def test_verify_says_of_a_finished_scan_what_it_said(tmp_path: Path, tree: Tree) -> None:
    folder = unpack_folder(FINISHED, tmp_path / "finished")

    found = verification(folder, tree)

    if is_same_program(folder, tree):
        assert found == EXPECTED["verify"]
        return
    # Another version, or other rules: it can't repeat the scan, and finds no difference.
    assert found["exit_code"] == 2, found
    assert {one["state"] for one in found["checks"]} == {"ok", "cannot be checked"}
    names = [one["what"] for one in EXPECTED["verify"]["checks"] if "results." in one["what"]]
    assert {one["what"] for one in found["checks"] if one["state"] == "ok"} >= {
        name for name in names if " " not in name
    }


def is_same_program(folder: Path, tree: Tree) -> bool:
    """Whether the version and the rules are those that the kept files were made with."""
    made = json.loads((folder / "out/manifest.json").read_bytes())["versions"]["msp-rules"]
    said = command(["--version"], folder, tree).stdout.decode()
    return said.split()[-1] == made and has_same_rules(folder, tree)


def has_same_rules(folder: Path, tree: Tree) -> bool:
    return dict(layers(tree, folder))["msp-core"] == EXPECTED["layers"]["msp-core"]


def test_verify_finds_an_altered_result_of_the_finished_scan(tmp_path: Path, tree: Tree) -> None:
    folder = unpack_folder(FINISHED, tmp_path / "finished")
    path = folder / "out/results.csv"
    path.write_bytes(path.read_bytes().replace(b",met,", b",not_met,", 1))

    assert verification(folder, tree)["exit_code"] == 1


def test_the_kept_overlay_is_checked_and_passes_over_the_release_that_it_pins(
    tmp_path: Path, tree: Tree
) -> None:
    words = ["check", str(KEPT / "example-council"), "--strict", "--today", "2026-04-01"]

    done = command(words, tmp_path, tree)

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_kept_overlay_over_other_rules_is_told_what_to_run(tmp_path: Path, tree: Tree) -> None:
    if has_same_rules(tmp_path, tree):
        pytest.skip("the rules are those that it was written for")

    done = command(["check", "--overlay", str(KEPT / "example-council")], tmp_path, tree)

    assert done.returncode == 3
    assert b"msp-rules upgrade" in done.stdout + done.stderr


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_kept_mapping_gives_the_kept_answers(tmp_path: Path, tree: Tree, name: str) -> None:
    assert mapped_scan(name, tmp_path, tree) == EXPECTED["mappings"][name]


def test_a_kept_checkpoint_is_resumed_to_the_same_bytes_or_refused_in_a_sentence(
    tmp_path: Path, tree: Tree
) -> None:
    folder = unpack_folder(CHECKPOINT, tmp_path / "interrupted")
    words = resumed_scan(RESUMED_FORMATS)
    whole = command(resumed_scan(RESUMED_FORMATS, "undisturbed"), folder, tree)
    before = files_of(folder / "out/scan.unfinished")

    done = command([*words, "--resume"], folder, tree)

    said = " ".join((done.stdout + done.stderr).decode().split())
    assert "Traceback" not in said
    if done.returncode == whole.returncode:
        assert files_of(folder / "out") == files_of(folder / "undisturbed")
        return
    assert done.returncode != INTERNAL
    assert "--resume" in said
    assert "start from the beginning" in said
    assert len(said) < 300
    assert files_of(folder / "out/scan.unfinished") == before, "what is refused is left alone"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


class Evil:
    """Does what no file may do when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_a_checkpoint_that_would_run_something_runs_nothing(tmp_path: Path, tree: Tree) -> None:
    folder = unpack_folder(CHECKPOINT, tmp_path / "interrupted")
    body = pickle.dumps(Evil(tmp_path / "ran"))
    path = folder / "out/scan.unfinished/checkpoint"
    path.write_bytes(hashlib.sha256(body).digest() + body)

    done = command([*resumed_scan(["json"]), "--resume"], folder, tree)

    assert not (tmp_path / "ran").exists()
    assert done.returncode != INTERNAL
    assert b"start from the beginning" in b" ".join(done.stderr.split())


def test_no_pickle_is_read_from_a_file() -> None:
    """Allows what one process hands to another that it started itself, where the source says so."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in unpickling_in(path.read_text("utf-8"))
    ]

    assert found == []


def test_unpickling_is_found_in_each_of_its_forms() -> None:
    forms = (
        "import pickle\npickle.load(stream)",
        "import pickle as p\np.loads(body)",
        "from pickle import loads\nloads(body)",
        "from pickle import Unpickler as U\nclass Mine(U): pass",
        "import pickle\nclass Mine(pickle.Unpickler): pass",
        "import shelve\n\nshelve.open(path)",
        "import marshal\nmarshal.load(stream)",
    )

    assert [bool(unpickling_in(form)) for form in forms] == [True] * len(forms)
    assert unpickling_in("import pickle\npickle.dumps(value)") == []
    assert unpickling_in(f"import pickle\npickle.loads(body)  # {HANDED_ON}") == []
    assert unpickling_in(f"import pickle\npickle.load(stream)  # {HANDED_ON}") == [2]


HANDED_ON = "by the process that started this"
_BARRED = {
    "pickle": {"load", "loads", "Unpickler"},
    "marshal": {"load", "loads"},
    "shelve": {"open", "Shelf", "DbfilenameShelf"},
}


def unpickling_in(source: str) -> list[int]:
    """Returns the lines of a module that turn bytes into objects by what the bytes say."""
    lines, found = source.splitlines(), set[int]()
    modules: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            barred = _BARRED.get(node.module or "", set())
            found |= {node.lineno for one in node.names if one.name in barred}
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.attr not in _BARRED.get(modules.get(node.value.id, ""), ()):
            continue
        if node.attr != "loads" or HANDED_ON not in lines[node.lineno - 1]:
            found.add(node.lineno)
    return sorted(found)
