"""Times of a vendor's clocks, as the canonical form has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_rules.casework.moments import parse_moment
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import RulesetInvalid
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.intake.mapping.language import UNREADABLE, ValueRule
from msp_rules.intake.mapping.values import mapped_time
from msp_rules.intake.source import open_cases

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "mapping"
BRITISH = "%d/%m/%Y %H:%M"
UNMAPPED = (UNREADABLE, False)


@pytest.mark.parametrize(
    ("text", "time_zone", "read"),
    [
        ("05/01/2026 10:15", None, ("2026-01-05T10:15:00", True)),
        ("05/07/2026 10:15", "Europe/London", ("2026-07-05T10:15:00", True)),
        ("05/07/2026 10:15", "UTC", ("2026-07-05T10:15:00+00:00", True)),
        ("05/07/2026 10:15", "Europe/Paris", ("2026-07-05T08:15:00+00:00", True)),
        # Clocks go forward: 02:30 is no time in Paris on that day.
        ("29/03/2026 02:30", "Europe/Paris", UNMAPPED),
        ("29/03/2026 03:00", "Europe/Paris", ("2026-03-29T01:00:00+00:00", True)),
        # Clocks go back: 02:30 is there twice, and the first is meant.
        ("25/10/2026 02:30", "Europe/Paris", ("2026-10-25T00:30:00+00:00", True)),
        # London's own clock changes are judged by the canonical reader.
        ("29/03/2026 01:30", "Europe/London", ("2026-03-29T01:30:00", True)),
        ("5 July", "UTC", UNMAPPED),
        ("01/01/0001 00:00", "Asia/Tokyo", UNMAPPED),
    ],
)
def test_a_time_without_an_offset_is_that_of_the_zones_clocks(
    text: str, time_zone: str | None, read: tuple[str, bool]
) -> None:
    assert mapped_time(text, ValueRule(date_formats=(BRITISH,), time_zone=time_zone)) == read


def test_an_offset_in_the_text_wins_over_the_zone() -> None:
    rule = ValueRule(date_formats=(f"{BRITISH} %z",), time_zone="Asia/Tokyo")

    assert mapped_time("05/07/2026 10:15 +0100", rule) == ("2026-07-05T09:15:00+00:00", True)


def test_iso_times_need_no_format_and_what_is_none_is_left_to_the_canonical_reader() -> None:
    rule = ValueRule(time_zone="UTC")

    assert mapped_time("2026-07-05T10:15:00", rule) == ("2026-07-05T10:15:00+00:00", True)
    assert mapped_time("2026-07-05T10:15:00+01:00", rule) == ("2026-07-05T09:15:00+00:00", True)
    assert mapped_time("2026-07-05", rule) == ("2026-07-05", True)
    assert mapped_time("5/7/2026", rule) == ("5/7/2026", True)
    assert mapped_time("2026-07-05T99:99", rule) == ("2026-07-05T99:99", True)


@pytest.mark.parametrize(
    ("text", "time_zone", "day"),
    [
        ("05/07/2026 23:30", None, "2026-07-05"),
        ("05/07/2026 23:30", "UTC", "2026-07-06"),
        ("05/01/2026 23:30", "UTC", "2026-01-05"),
    ],
)
def test_where_a_day_is_asked_for_it_is_londons(text: str, time_zone: str | None, day: str) -> None:
    rule = ValueRule(date_formats=(BRITISH,), time_zone=time_zone, is_day=True)

    assert mapped_time(text, rule) == (day, True)


@given(st.datetimes(), st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"]))
def test_every_time_becomes_a_moment_or_does_not_map(stamp: object, time_zone: str) -> None:
    read, is_known = mapped_time(str(stamp), ValueRule(time_zone=time_zone))

    if is_known and len(read) > 19 and not read.startswith(("0001-", "9999-")):
        assert parse_moment(read).is_date_only is False


def test_a_mapping_may_name_one_zone_for_all_and_another_for_one_value(tmp_path: Path) -> None:
    text, path = (EXAMPLES / "rows.yaml").read_text("utf-8"), tmp_path / "zones.yaml"
    text = text.replace("name: Invented", "time_zone: UTC\nname: Invented")
    text = text.replace('"%d-%m-%Y"', '"%d-%m-%Y", time_zone: Asia/Tokyo')
    path.write_text(text, "utf-8")

    mapping = load_mapping(path, core_vocabulary())
    concern, talk = mapping.events
    with open_cases(EXAMPLES / "rows.xml", mapping=mapping) as reader:
        first = next(iter(reader))

    assert concern.envelope["occurred"].time_zone == "UTC"
    assert concern.envelope["id"].time_zone is None
    assert talk.envelope["occurred"].time_zone == "Asia/Tokyo"
    assert mapping.reference_date is not None
    assert mapping.reference_date.time_zone == "UTC"
    assert [event.moment.is_date_only for event in first.events if event.moment] == [True, False]


def test_an_unknown_zone_is_a_mistake_with_the_nearest_one(tmp_path: Path) -> None:
    text, path = (EXAMPLES / "rows.yaml").read_text("utf-8"), tmp_path / "zones.yaml"
    text = text.replace("name: Invented", "time_zone: Europe/Londn\nname: Invented")
    text = text.replace('id: {path: "@pk", suffix', 'id: {path: "@pk", time_zone: UTC, suffix')
    path.write_text(text, "utf-8")

    with pytest.raises(RulesetInvalid) as refused:
        load_mapping(path, core_vocabulary())

    said = str(refused.value)
    assert 'zones.yaml:2:12: unknown time zone "Europe/Londn"; did you mean "Europe/London"' in said
    assert "only a date or time can have a time zone" in said
