"""What ends is announced: before it does, with what comes back, and for a team's calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from msp_rules.authoring.ends import calendar_of, ends_in, ends_list, notes_ahead
from msp_rules.rules import Layered, load_layers
from tests.builders.export import case_text, event_text, export_text
from tests.builders.layers import WHY, top_layer, write_base, write_overlay
from tests.support.command_line import run_here

pytestmark = pytest.mark.slow

LAST = date(2026, 6, 30)
ENDS = f"expires: 2026-06-30, {WHY}"
ROW = "{from: 2026-01-01, value: 2, basis: local, source: board}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("small"))


def laid(base: Path, folder: Path, body: str) -> Layered:
    return load_layers(base, [write_overlay(folder, "town", top_layer(base), body)])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            f"waivers: [{{name: move, rules: [PL-01, OF-01], {ENDS}}}]\n",
            'the waiver "move" ends on 2026-06-30, then findings of OF-01 and PL-01 count again',
            id="a waiver",
        ),
        pytest.param(
            f"filters: [{{name: hub, rules: PL-01, when: {{recorded: s42_decided}}, {ENDS}}}]\n",
            'the filter "hub" ends on 2026-06-30, then PL-01 asks again about what it leaves out',
            id="a filter",
        ),
        pytest.param(
            f"changes: [{{rule: PL-01, enabled: false, {ENDS}}}]\n",
            "the change of PL-01: switched off ends on 2026-06-30, then PL-01 asks again",
            id="a rule that is switched off",
        ),
        pytest.param(
            f"changes: [{{rule: OF-01, enabled: true, {ENDS}}}]\n",
            "the change of OF-01: switched on ends on 2026-06-30, then OF-01 is switched off again",
            id="a rule that is switched on",
        ),
        pytest.param(
            f"changes: [{{rule: PL-01, severity: advice, {ENDS}}}]\n",
            "the change of PL-01: severity ends on 2026-06-30, then severity of PL-01 is flag "
            "again",
            id="a severity",
        ),
        pytest.param(
            f"changes: [{{rule: PL-01, parameters: {{within: [{ROW}]}}, {ENDS}}}]\n",
            "the change of PL-01: within ends on 2026-06-30, then within of PL-01 is 5 working "
            "days again",
            id="a number",
        ),
    ],
)
def test_what_ends_is_said_with_what_comes_back(
    base: Path, tmp_path: Path, body: str, says: str
) -> None:
    layered = laid(base, tmp_path, body)

    (note,) = notes_ahead(layered, LAST)

    where, _, said = note.partition(": note: ")
    assert where.startswith("town.yaml:8:")
    assert said == f"within 7 days: {says}"


@pytest.mark.parametrize(
    ("left", "ahead"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_it_is_announced_from_sixty_days_ahead_to_its_last_day(
    base: Path, tmp_path: Path, left: int, ahead: int | None
) -> None:
    layered = laid(base, tmp_path, f"waivers: [{{name: move, rules: PL-01, {ENDS}}}]\n")

    found = notes_ahead(layered, LAST - timedelta(days=left))

    assert [re.findall(r"within (\d+) days", one) for one in found] == (
        [] if ahead is None else [[str(ahead)]]
    )


def test_a_note_changes_no_exit_code_and_what_has_ended_is_a_warning(
    base: Path, tmp_path: Path
) -> None:
    body = f"waivers: [{{name: move, rules: PL-01, {ENDS}}}]\n"
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    words = ("check", str(base), "--overlay", str(overlay), "--strict", "--today")

    last, after = (run_here(*words, day) for day in ("2026-06-30", "2026-07-01"))

    assert last.returncode == 0
    assert last.stdout.endswith("small 1.0.0 + town 1.0.0: 3 rules, no mistakes, 1 note\n")
    assert after.returncode == 1
    assert 'the waiver "move" has expired on 2026-06-30 [expired]' in after.stdout


def test_without_a_day_check_takes_today(base: Path, tmp_path: Path) -> None:
    ended = write_overlay(
        tmp_path,
        "town",
        top_layer(base),
        f"waivers: [{{name: move, rules: PL-01, expires: 2020-01-01, {WHY}}}]\n",
    )

    done = run_here("check", str(base), "--overlay", str(ended), "--strict")

    assert done.returncode == 1
    assert "has expired on 2020-01-01 [expired]" in done.stdout


def test_the_list_names_what_is_to_come_and_who_answers_for_it(base: Path, tmp_path: Path) -> None:
    layered = laid(base, tmp_path, f"waivers: [{{name: move, rules: PL-01, {ENDS}}}]\n")

    def listed(today: str) -> list[str]:
        return ends_list(ends_in(layered), date.fromisoformat(today)).splitlines()

    review = "2027-03-31  the review of town (town) is due [The board]"
    waiver = (
        '2026-06-30  the waiver "move" (town) ends, then findings of PL-01 count again [The board]'
    )
    assert listed("2026-06-30") == ["What ends, from 30 June 2026 on", waiver, review]
    assert listed("2026-07-01") == ["What ends, from 1 July 2026 on", review]
    assert listed("2028-01-01") == ["What ends, from 1 January 2028 on", "nothing"]


def test_the_calendar_keeps_to_its_standard(base: Path, tmp_path: Path) -> None:
    name = "north, south; “Müßig” \\\\ " + "ö" * 90
    why = "because: 'One; two, three', approved_by: The board"
    body = f"waivers: [{{name: '{name}', rules: PL-01, expires: 2026-06-30, {why}}}]\n"
    layered = laid(base, tmp_path, body)

    found = calendar_of(ends_in(layered), date(2026, 6, 1))

    assert found.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in found.replace(b"\r\n", b"")
    assert max(map(len, found.split(b"\r\n"))) <= 75
    lines = found.decode().replace("\r\n ", "").split("\r\n")  # each line whole, and valid UTF-8
    assert all(re.match(r"[A-Z-]+(;[A-Z-]+=[A-Z]+)*:", line) for line in lines[:-1])
    depth: list[str] = []
    for line in lines:
        if line.startswith("BEGIN:"):
            depth.append(line.removeprefix("BEGIN:"))
        elif line.startswith("END:"):
            assert depth.pop() == line.removeprefix("END:")
    assert depth == []
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT")]
    assert "DTSTAMP:20260601T000000Z" in event
    assert "DTSTART;VALUE=DATE:20260630" in event
    assert "DTEND;VALUE=DATE:20260701" in event
    assert [line for line in event if line.startswith("TRIGGER")] == [
        "TRIGGER:-P60D",
        "TRIGGER:-P30D",
        "TRIGGER:-P7D",
    ]
    summary = next(line for line in event if line.startswith("SUMMARY:"))
    words = re.sub(r"\\(.)", r"\1", summary.removeprefix("SUMMARY:"))
    assert words == f'The waiver "{name}" ends (town)'
    assert "\\nBecause: One\\; two\\, three\\nApproved by: The board" in "".join(event)
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == lines.count("BEGIN:VEVENT")


def test_an_event_keeps_its_id_when_its_day_moves(base: Path, tmp_path: Path) -> None:
    def uid(day: str) -> list[bytes]:
        body = f"waivers: [{{name: move, rules: PL-01, expires: {day}, {WHY}}}]\n"
        found = calendar_of(ends_in(laid(base, tmp_path, body)), date(2026, 6, 1))
        return re.findall(rb"UID:\S+", found)

    assert uid("2026-06-30") == uid("2026-09-30")


def test_the_command_writes_calendar_and_list(base: Path, tmp_path: Path) -> None:
    body = f"waivers: [{{name: move, rules: PL-01, {ENDS}}}]\n"
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    words = ("calendar", str(base), "--overlay", str(overlay), "--today", "2026-06-01")

    done = run_here(*words, "--out", str(tmp_path / "ends"))

    listed = (tmp_path / "ends/town-ends.txt").read_text(encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(listed)
    assert (tmp_path / "ends/town-ends.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        ("2026-04-30", None),
        ("2026-05-01", "ends in 60 days (2026-06-30): 1 finding will return"),
        ("2026-06-18", "ends in 12 days (2026-06-30): 1 finding will return"),
        ("2026-06-29", "ends in 1 day (2026-06-30): 1 finding will return"),
        ("2026-06-30", "ends with this day (2026-06-30): 1 finding will return"),
        ("2026-07-01", None),
    ],
)
def test_a_scan_counts_from_its_own_day_and_says_what_returns(
    base: Path, tmp_path: Path, as_of: str, says: str | None
) -> None:
    body = f"waivers: [{{name: move, rules: PL-01, {ENDS}}}]\n"
    overlay = write_overlay(tmp_path, "town", top_layer(base), body)
    export = tmp_path / "one.xml"
    export.write_text(
        export_text(
            [
                case_text(
                    "C-1",
                    event_text("concern_raised", "e1", "2026-03-02"),
                    event_text("enquiry_started", "e2", "2026-03-02", "<kind>s42</kind>"),
                )
            ]
        ),
        encoding="utf-8",
    )
    words = ("--ruleset", str(base), "--overlay", str(overlay), "--as-of", as_of)
    out = tmp_path / "out"

    done = run_here("scan", str(export), *words, "--out", str(out), "--format", "html")

    ends = orjson.loads((out / "manifest.json").read_bytes()).get("ends", [])
    assert [one["says"] for one in ends] == (
        [] if says is None else [f'the waiver "move" (town) {says}']
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert ("What ends soon" in page) is (says is not None)
    assert (says is None) or "will return" in " ".join(done.stdout.split())
