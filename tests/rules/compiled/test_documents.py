"""A compiled ruleset is the ruleset: whole, with every answer, and never after a change."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

import orjson
import pytest

from msp_rules.engine.engine import Engine
from msp_rules.rules import load_layers
from msp_rules.rules.compiled.document import read_document, ruleset_document, source_hashes
from msp_rules.rules.compiled.node_table import TableForeign, read_table, write_table
from msp_rules.rules.language.rule import Ruleset
from tests.builders.layers import top_layer, write_base, write_overlay
from tests.support.command_line import ROOT
from tests.support.random_cases import random_case
from tests.support.random_rules import random_ruleset

pytestmark = pytest.mark.slow

PROCEDURE = ROOT / "plugins/example-procedure/msp_example_procedure"
STACKS = {
    "core": (ROOT / "rulesets/msp-core", ()),
    "council": (ROOT / "rulesets/msp-core", (ROOT / "rulesets/example-council",)),
    "town": (PROCEDURE / "example-procedure", (PROCEDURE / "example-town",)),
}


def parts(node: object) -> object:
    """A tree as plain data, with what equality leaves out: places, literals, words."""
    if is_dataclass(node) and not isinstance(node, type):
        return {
            "": type(node).__name__,
            **{one.name: parts(getattr(node, one.name)) for one in fields(node)},
        }
    if isinstance(node, Mapping):
        return [(key, parts(one)) for key, one in node.items()]
    if isinstance(node, tuple | list):
        return (type(node).__name__, [parts(one) for one in node])
    return (type(node).__name__, node)


def compiled(folder: Path, overlays: Sequence[Path] = ()) -> tuple[bytes, Mapping[str, str]]:
    """The document of a ruleset, and the hashes of its files."""
    sources = source_hashes(folder, overlays)
    return ruleset_document(load_layers(folder, overlays).ruleset, sources), sources


def found_in(document: bytes, sources: Mapping[str, str]) -> Ruleset:
    """The ruleset that a document must give."""
    found = read_document(document, sources)
    assert found is not None
    return found


@pytest.mark.parametrize("name", STACKS)
def test_a_compiled_ruleset_equals_the_files_in_every_part(name: str) -> None:
    folder, overlays = STACKS[name]
    read = load_layers(folder, overlays).ruleset

    found = found_in(*compiled(folder, overlays))

    assert found == read
    assert parts(found) == parts(read)


@pytest.mark.parametrize("name", STACKS)
def test_a_compiled_ruleset_gives_every_answer_of_the_files(name: str) -> None:
    folder, overlays = STACKS[name]
    read = Engine(load_layers(folder, overlays).ruleset, matcher="python")
    found = Engine(found_in(*compiled(folder, overlays)), matcher="python")
    cases = [random_case(random.Random(seed)) for seed in range(40)]

    answers = [found.evaluate(case, as_of) for case, as_of in cases]

    assert answers == [read.evaluate(case, as_of) for case, as_of in cases]
    assert sum(len(one.answers) for one in answers) > 0


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(20))
def test_any_ruleset_is_the_same_after_it_was_compiled(seed: int) -> None:
    ruleset = random_ruleset(random.Random(seed))

    found = read_table(Ruleset, write_table(ruleset))

    assert parts(found) == parts(ruleset)


def test_a_document_is_json_with_schema_version_and_hash(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    document, sources = compiled(base)

    told = json.loads(document)

    assert told["schema"] == "msp-ruleset/1"
    assert told["made_by"].keys() == {"version", "readers"}
    assert len(told["sha256"]) == 64
    assert told["layers"] == [{"id": "small", "version": "1.0.0", "sha256": top_layer(base).sha256}]
    assert told["sources"] == dict(sources)


def test_a_document_is_the_same_to_the_byte_each_time(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")

    assert compiled(base) == compiled(base)


def test_equal_parts_of_a_tree_are_written_once() -> None:
    table = write_table(load_layers(STACKS["core"][0]).ruleset)

    assert len({orjson.dumps(node) for node in table.nodes}) == len(table.nodes)


def changed_file(base: Path) -> None:
    path = base / "rules/FL-01.yaml"
    path.write_bytes(path.read_bytes() + b"# a remark\n")


def new_file(base: Path) -> None:
    shutil.copyfile(base / "rules/FL-01.yaml", base / "rules/FL-02.yaml")


def lost_file(base: Path) -> None:
    (base / "rules/FL-01.yaml").unlink()


def renamed_file(base: Path) -> None:
    (base / "rules/FL-01.yaml").rename(base / "rules/FL-03.yaml")


def stray_file(base: Path) -> None:
    (base / "rules/FL-02.yml").write_text("rule: FL-02\n")


def citations_beside_it(base: Path) -> None:
    (base / "citations.yaml").write_text("citations: small\nsources: {}\n")


@pytest.mark.parametrize(
    "change",
    [changed_file, new_file, lost_file, renamed_file, stray_file, citations_beside_it],
)
def test_a_document_says_nothing_once_a_file_has_changed(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    base = write_base(tmp_path / "base")
    document, sources = compiled(base)
    assert read_document(document, sources) is not None

    change(base)

    assert read_document(document, source_hashes(base)) is None


def test_a_document_says_nothing_once_an_overlay_has_changed(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    overlay = write_overlay(tmp_path, "town", top_layer(base), "")
    document, sources = compiled(base, [overlay])
    assert read_document(document, sources) is not None

    overlay.write_bytes(overlay.read_bytes() + b"# a remark\n")

    assert read_document(document, source_hashes(base, [overlay])) is None
    assert read_document(document, source_hashes(base)) is None


def test_a_document_says_nothing_once_what_its_sources_hold_has_changed(tmp_path: Path) -> None:
    core = tmp_path / "msp-core"
    shutil.copytree(STACKS["core"][0], core)
    document, sources = compiled(core)
    citations = core / "citations.yaml"
    citations.write_text(citations.read_text().replace("day: 2026-11-24", "day: 2026-11-23", 1))

    assert read_document(document, source_hashes(core)) is None
    assert found_in(document, sources).cited != load_layers(core).ruleset.cited


def edited(document: bytes, **changes: object) -> bytes:
    """A document with other values under some of its keys."""
    return orjson.dumps({**orjson.loads(document), **changes})


def broken_documents(document: bytes) -> dict[str, bytes]:
    """What may lie where a document is expected, and is none that counts."""
    told = orjson.loads(document)
    nodes = told["nodes"]
    body = {name: told[name] for name in told if name not in ("schema", "sha256")}
    return {
        "empty": b"",
        "cut off": document[: len(document) // 2],
        "no object": b"[1, 2]",
        "another form": edited(document, schema="msp-ruleset/2"),
        "of another version": edited(document, made_by={**told["made_by"], "version": "0.0.1"}),
        "read by other code": edited(document, made_by={**told["made_by"], "readers": "0" * 64}),
        "a node changed": edited(document, nodes=[*nodes[:-1], [*nodes[-1][:-1], None]]),
        "a node less": edited(document, nodes=nodes[:-1]),
        "without a hash": orjson.dumps(body),
        "a pickle": b"\x80\x04K\x01.",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("empty", "cut off", "no object", "another form", "of another version"),
        *("read by other code", "a node changed", "a node less", "without a hash", "a pickle"),
    ],
)
def test_a_broken_or_foreign_document_says_nothing(name: str, tmp_path: Path) -> None:
    document, sources = compiled(write_base(tmp_path / "base"))

    spoiled = broken_documents(document)[name]

    assert read_document(spoiled, sources) is None


def test_a_table_of_other_classes_is_foreign(tmp_path: Path) -> None:
    table = write_table(load_layers(write_base(tmp_path / "base")).ruleset)

    with pytest.raises(TableForeign):
        read_table(Ruleset, table._replace(classes=table.classes[:-1]))
