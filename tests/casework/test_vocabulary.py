"""The vocabulary that ships: read from what was kept of it, and never from what is out of date."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from msp_rules.casework import vocabulary as module
from msp_rules.casework.vocabulary import (
    KEPT_VOCABULARY,
    core_vocabulary,
    kept_vocabulary,
    parse_vocabulary,
)

HOME = Path(module.__file__).parent
TEXT = (HOME / "vocabulary.yaml").read_text("utf-8")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the two files, in which another vocabulary may be tried."""
    for name in ("vocabulary.yaml", KEPT_VOCABULARY):
        (tmp_path / name).write_bytes((HOME / name).read_bytes())
    monkeypatch.setattr(module.resources, "files", lambda _: tmp_path)
    core_vocabulary.cache_clear()
    yield tmp_path
    core_vocabulary.cache_clear()


def test_what_is_kept_says_what_the_yaml_says_in_the_same_order() -> None:
    read, kept = parse_vocabulary(TEXT), core_vocabulary()

    assert kept == read
    assert repr(kept) == repr(read)  # mappings that are equal may differ in their order
    assert (HOME / KEPT_VOCABULARY).read_text("utf-8") == kept_vocabulary(TEXT)


def test_yaml_is_not_parsed_for_what_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)

    assert core_vocabulary() == parse_kept(home)


def parse_kept(home: Path) -> object:
    return module._vocabulary(json.loads((home / KEPT_VOCABULARY).read_text("utf-8"))["words"])


def test_a_changed_vocabulary_is_read_from_its_yaml(home: Path) -> None:
    changed = TEXT.replace("version: ", "version: 9", 1)
    (home / "vocabulary.yaml").write_text(changed, encoding="utf-8")

    assert core_vocabulary() == parse_vocabulary(changed) != parse_vocabulary(TEXT)


@pytest.mark.parametrize("spoiled", ["", "no JSON", None])
def test_without_what_was_kept_the_yaml_is_read(spoiled: str | None, home: Path) -> None:
    if spoiled is None:
        (home / KEPT_VOCABULARY).unlink()
    else:
        (home / KEPT_VOCABULARY).write_text(spoiled)

    assert core_vocabulary() == parse_vocabulary(TEXT)
