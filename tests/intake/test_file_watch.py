"""A file that several processes read must stay as it is; its hash is made beside their work."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from msp_rules.errors import InputUnreadable
from msp_rules.intake.file_watch import FileWatch


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(b"<a/>")
    watch = FileWatch(path)

    watch.begin_hash()

    assert watch.sha256_and_size() == (hashlib.sha256(b"<a/>").hexdigest(), 4)
    assert not watch.has_changed()


def test_a_file_that_is_written_to_or_replaced_or_gone_has_changed(tmp_path: Path) -> None:
    path, other = tmp_path / "x.xml", tmp_path / "y.xml"
    path.write_bytes(b"<a/>")
    other.write_bytes(b"<b/>")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    first = FileWatch(path)
    other.rename(path)
    second = FileWatch(path)

    assert (first.has_changed(), second.has_changed()) == (True, False)
    path.write_bytes(b"<c />")
    assert second.has_changed()
    path.unlink()
    assert second.has_changed()
    assert not FileWatch(path).has_changed()


def test_a_file_that_is_gone_has_no_hash(tmp_path: Path) -> None:
    watch = FileWatch(tmp_path / "x.xml")
    watch.begin_hash()

    with pytest.raises(InputUnreadable):
        watch.sha256_and_size()
