"""Where compiled rulesets are kept: the user's own cache folder, and nowhere else."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from msp_rules.errors import RulesetInvalid
from msp_rules.rules import loading
from msp_rules.rules.loading import load_ruleset, load_stack
from tests.builders.layers import top_layer, write_base, write_overlay

MOST_KEPT = 64


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, which is not there yet; the path of the documents in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/msp-rules/rulesets"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The folder of a small ruleset."""
    return write_base(tmp_path / "base")


def read_no_more(patch: pytest.MonkeyPatch) -> None:
    """Makes reading rule files fail: what is answered now comes from a document."""

    def refuse(*_: object) -> None:
        raise AssertionError("the files were read")

    patch.setattr(loading, "_read", refuse)


def documents(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.is_dir() else []


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_ruleset_is_read_once_and_then_answered_from_its_document(
    cache: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_stack(base)

    read_no_more(monkeypatch)
    again = load_stack(base)

    assert again == first
    assert len(documents(cache)) == 1


def test_each_stack_of_overlays_has_a_document_of_its_own(
    cache: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = write_overlay(tmp_path, "town", top_layer(base), "")
    plain, town = load_ruleset(base), load_ruleset(base, [overlay])

    read_no_more(monkeypatch)

    assert (load_ruleset(base), load_ruleset(base, [overlay])) == (plain, town)
    assert [len(one.layers) for one in (plain, town)] == [1, 2]
    assert len(documents(cache)) == 2


def test_a_changed_rule_is_read_anew_and_its_document_replaced(cache: Path, base: Path) -> None:
    before = load_stack(base)
    path = base / "rules/FL-01.yaml"
    title = next(one.title for one in before.rules if one.id == "FL-01")
    path.write_text(path.read_text().replace(title, "Another title"))

    after = load_stack(base)

    assert "Another title" in {one.title for one in after.rules}
    assert len(documents(cache)) == 1
    assert load_stack(base) == after


def test_a_rule_that_became_wrong_is_refused_although_a_document_is_there(
    cache: Path, base: Path
) -> None:
    load_stack(base)
    (base / "rules/FL-01.yaml").write_text("rule: FL-01\n")

    with pytest.raises(RulesetInvalid):
        load_stack(base)

    assert len(documents(cache)) == 1


def test_a_refused_ruleset_leaves_no_document(cache: Path, base: Path) -> None:
    (base / "rules/FL-02.yaml").write_text("rule: FL-02\n")

    with pytest.raises(RulesetInvalid):
        load_stack(base)

    assert documents(cache) == []


def test_the_folder_belongs_to_the_user_alone(cache: Path, base: Path) -> None:
    load_stack(base)

    assert [mode_of(one) for one in (cache.parent.parent, cache.parent, cache)] == [0o700] * 3
    assert [mode_of(one) for one in documents(cache)] == [0o600]


def test_a_folder_that_others_may_write_to_is_neither_read_nor_written(
    cache: Path, base: Path
) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)

    first = load_stack(base)

    assert first == load_stack(base)
    assert documents(cache) == []


@pytest.mark.parametrize("spoiled", [b"", b"{}", b"no JSON", b"\x80\x04K\x01."])
def test_a_broken_document_is_ignored_and_written_anew(
    spoiled: bytes, cache: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_stack(base)
    (document,) = documents(cache)
    sound = document.read_bytes()
    document.write_bytes(spoiled)

    assert load_stack(base) == first

    assert document.read_bytes() == sound
    read_no_more(monkeypatch)
    assert load_stack(base) == first


def test_a_cache_that_can_not_be_made_is_no_error(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a-file/cache"))

    assert load_stack(base) == load_stack(base)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_is_read_only_is_no_error(cache: Path, base: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o500)

    assert load_stack(base) == load_stack(base)
    assert documents(cache) == []


def test_a_user_without_a_home_needs_no_cache(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")

    def without_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", without_home)

    assert load_stack(base) == load_stack(base)


def test_a_relative_cache_folder_is_ignored(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    load_stack(base)

    assert not (tmp_path / "cache").exists()
    assert len(documents(tmp_path / "home/.cache/msp-rules/rulesets")) == 1


def test_nothing_is_written_beside_the_source(cache: Path, base: Path) -> None:
    before = sorted(base.rglob("*"))

    load_stack(base)

    assert sorted(base.rglob("*")) == before


def test_the_oldest_documents_go_when_there_are_many(cache: Path, base: Path) -> None:
    load_stack(base)
    (own,) = documents(cache)
    hour_ago = time.time() - 3600
    for number in range(MOST_KEPT):
        other = cache / f"other-{number:02}.json"
        other.write_bytes(b"{}")
        os.utime(other, (hour_ago + number, hour_ago + number))
    path = base / "rules/FL-01.yaml"
    path.write_bytes(path.read_bytes() + b"# a remark\n")

    load_stack(base)

    kept = documents(cache)
    assert len(kept) == MOST_KEPT
    assert own in kept
    assert cache / "other-00.json" not in kept
    assert cache / "other-01.json" in kept
