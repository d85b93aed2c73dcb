"""Points of earlier documents are kept in order of time, and say what changed between them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from msp_rules.audit.change.document import compare_document
from msp_rules.audit.change.points import (
    CANONICAL,
    EVERYTHING,
    Point,
    PointChange,
    between,
    points_of,
    read_points,
)
from msp_rules.audit.documents import document_bytes
from msp_rules.audit.measures.counting import count_measures
from msp_rules.audit.measures.document import measures_document
from msp_rules.errors import InputUnreadable
from tests.audit.change.made_up import SCHEMA, case, change_of, files, rules_with

HASH = "a" * 64
OTHER = "b" * 64


def point(day: str = "2025-01-31", **more: Any) -> Point:
    parts: dict[str, Any] = {
        "ruleset": HASH,
        "mapping": CANONICAL,
        "supplied": EVERYTHING,
        "cases": 3,
        "numbers": {"M1/asked": (1, 2)},
    }
    return Point(as_of=date.fromisoformat(day), **parts | more)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (point(), point("2025-02-28"), PointChange(False, False, False)),
        (point(), point(ruleset=OTHER), PointChange(True, False, False)),
        (point(), point(mapping=OTHER), PointChange(False, True, False)),
        (point(), point(supplied=OTHER), PointChange(False, False, True)),
        (point(mapping=None, supplied=None), point(), PointChange(False, None, None)),
    ],
)
def test_what_changed_between_two_points_is_told_or_not_known(
    one: Point, other: Point, expected: PointChange
) -> None:
    assert between(one, other) == expected


def test_each_comparison_holds_the_points_of_all_before_it(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    days = ("2026-01-31", "2026-02-28", "2026-03-31")
    sides = [files(tmp_path, f"{day}.xml", [case("A")], rules, day=day) for day in days]
    first = change_of(sides[0], sides[1])
    written = tmp_path / "first.json"
    written.write_bytes(document_bytes(compare_document(first, points_of(first, ()))))

    found = points_of(change_of(sides[1], sides[2]), read_points([written]))

    assert [one.as_of.isoformat() for one in found] == [*days]
    assert found[:2] == points_of(first, ())
    assert {(one.cases, one.ruleset, one.mapping, one.supplied) for one in found} == {
        (1, rules.sha256, CANONICAL, EVERYTHING)
    }


def test_of_one_day_the_exports_read_now_stand_above_what_was_kept(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    change = change_of(
        files(tmp_path, "old.xml", [case("A")], rules, day="2026-01-31"),
        files(tmp_path, "new.xml", [case("A"), case("B")], rules),
    )

    found = points_of(change, [point("2026-03-31", cases=9), point("2025-10-31")])

    assert [(one.as_of.isoformat(), one.cases) for one in found] == [
        ("2025-10-31", 3),
        ("2026-01-31", 1),
        ("2026-03-31", 2),
    ]


def test_measures_are_a_point_of_which_coverage_is_not_on_record(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    side = files(tmp_path, "new.xml", [case("A")], rules)
    folder = tmp_path / "measures" / "2026-Q1"
    folder.mkdir(parents=True)
    document = document_bytes(measures_document(count_measures(side), rules))
    (folder / "measures.json").write_bytes(document)
    of_change = points_of(change_of(side, side), ())[-1]

    (found,) = read_points([tmp_path / "measures"])

    assert (found.mapping, found.supplied) == (None, None)
    assert (found.as_of, found.ruleset, found.cases, found.numbers) == (
        *(of_change.as_of, of_change.ruleset, of_change.cases),
        of_change.numbers,
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", "it is not a document of the form msp-compare/1 or msp-measures/1"),
        ('{"schema": "msp-compare/1"}', "its points can't be read"),
        ('{"schema": "msp-compare/1", "points": [3]}', "its points can't be read"),
        ('{"schema": "msp-measures/1", "measures": []}', "its points can't be read"),
        (
            '{"schema": "msp-measures/1", "publication": "hes", "measures": []}',
            "its counts are rounded; name one that was not published",
        ),
        ("", "the file is empty"),
    ],
)
def test_another_document_is_refused_by_name(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "earlier.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(InputUnreadable) as refused:
        read_points([path])

    assert str(refused.value).startswith(f"earlier.json: {reason}")


@pytest.mark.parametrize("numbers", [[3, 2], [-1, 2], [True, 2], ["1", "2"], [1]])
def test_numbers_that_are_no_counts_are_refused(tmp_path: Path, numbers: list[object]) -> None:
    row = {
        **{"as_of": "2025-01-31", "ruleset": HASH, "mapping": None, "supplied": None, "cases": 3},
        "measures": {"M1/asked": numbers},
    }
    path = tmp_path / "compare.json"
    path.write_text(json.dumps({"schema": "msp-compare/1", "points": [row]}), encoding="utf-8")

    with pytest.raises(InputUnreadable):
        read_points([tmp_path])


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable) as refused:
        read_points([tmp_path])

    assert "no compare.json and no measures.json is in this folder" in str(refused.value)


@pytest.mark.parametrize("key", ["complete", "old", "coverage", "changes", "findings", "points"])
def test_the_schema_wants_every_part_of_the_document(tmp_path: Path, key: str) -> None:
    side = files(tmp_path, "new.xml", [case("A")], rules_with(tmp_path / "rules"))
    change = change_of(side, side)
    document = compare_document(change, points_of(change, ()))

    assert SCHEMA.is_valid(document)
    assert not SCHEMA.is_valid({name: part for name, part in document.items() if name != key})
    assert not SCHEMA.is_valid({**document, "more": 1})
