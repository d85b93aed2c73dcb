"""Readers that share a file see together what one reader sees, whatever the file looks like."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.reading import ReadOptions, Shard
from tests.support import effort
from tests.support.odd_exports import CASE, END, HEAD, LIMITS, ODDITIES, export


class Seen(NamedTuple):
    cases: list[tuple[int, Case]]
    faults: Counter[Fault]
    truncation_fault: Fault | None
    refusal: str | None
    sha256: str


def read(data: bytes, shard: Shard | None = None) -> tuple[Seen, int]:
    stream = io.BytesIO(data)
    reader = ExportReader(stream, "export.xml", ReadOptions(limits=LIMITS, shard=shard))
    cases, refusal = [], None
    try:
        for case in reader:
            cases.append((reader.case_index, case))
    except InputUnreadable as error:
        refusal = str(error)
    seen = Seen(
        cases, Counter(reader.faults), reader.truncation_fault, refusal, reader.files[0].sha256
    )
    return seen, reader.cases_read


def read_in_shares(data: bytes, jobs: int, block: int) -> Seen:
    parts = [read(data, Shard(number, jobs, block)) for number in range(jobs)]
    first = parts[0][0]
    if first.refusal is not None:
        return first
    breaks = [
        (cases, seen.truncation_fault) for seen, cases in parts if seen.truncation_fault is not None
    ]
    whole, truncation_fault = min(breaks, key=lambda one: one[0]) if breaks else (len(data), None)
    cases = sorted(
        (one for seen, _ in parts for one in seen.cases if one[0] < whole), key=lambda one: one[0]
    )
    faults: Counter[Fault] = Counter()
    for seen, _ in parts:
        faults.update(seen.faults)
    return Seen(cases, faults, truncation_fault, None, first.sha256)


def same(data: bytes, jobs: int, block: int) -> None:
    alone, _ = read(data)
    together = read_in_shares(data, jobs, block)

    assert together.refusal == alone.refusal
    assert together.sha256 == alone.sha256 or alone.refusal is not None
    assert together.cases == alone.cases
    assert together.truncation_fault == alone.truncation_fault
    if alone.truncation_fault is None and alone.refusal is None:
        assert together.faults == alone.faults
    else:
        # Others may have gone on, and found more to say of what comes after.
        assert alone.faults <= together.faults


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("block", [1, 2])
def test_a_plain_file_in_shares(jobs: int, block: int) -> None:
    same(export().encode(), jobs, block)


def test_a_file_on_one_line_in_shares() -> None:
    same("".join(line.strip() for line in export().splitlines()).encode(), 2, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_other_encodings_in_shares(encoding: str) -> None:
    declared = {"utf-16": "UTF-16", "latin-1": "ISO-8859-1", "utf-8-sig": "UTF-8"}[encoding]
    text = export().replace("UTF-8", declared).replace("Why", "é")

    same(text.encode(encoding), 2, 1)


@pytest.mark.fuzz
@pytest.mark.parametrize("oddity", ODDITIES, ids=[repr(one)[:24] for one in ODDITIES])
def test_an_oddity_anywhere_in_a_file_in_shares(oddity: str) -> None:
    text, dice = export(), Random(oddity)
    for _ in range(12):
        at = dice.randrange(len(text))
        same((text[:at] + oddity + text[at:]).encode(), 2, 1)
    for _ in range(6):
        spot = text.rfind(
            dice.choice(("<case ", "</case>", ' id="', ">")), 0, dice.randrange(700, len(text))
        )
        same((text[:spot] + oddity + text[spot:]).encode(), 3, 1)


@settings(max_examples=effort.of(60, thorough=1000), deadline=None)
@given(st.data())
def test_a_file_cut_or_spoiled_anywhere_in_shares(data: st.DataObject) -> None:
    text = export()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        to = data.draw(st.sampled_from([at, at, at + 1, at + 40, len(text)]))
        text = text[:at] + data.draw(st.sampled_from(("", *ODDITIES))) + text[to:]

    same(text.encode(), data.draw(st.integers(2, 3)), data.draw(st.integers(1, 2)))


After = tuple[list[Fault] | None, Fault | None, str | None, int, str]


def read_from(data: bytes, first: int, shard: Shard) -> tuple[list[tuple[int, Case]], After]:
    """What is read from the beginning of a case on: that, and everything said after it."""
    reader = ExportReader(io.BytesIO(data), "export.xml", ReadOptions(limits=LIMITS, shard=shard))
    start: int | None = None

    def begin(index: int) -> None:
        nonlocal start
        if index == first:
            start = len(reader.faults)

    reader.before_case = begin
    cases, refusal = [], None
    try:
        for case in reader:
            if reader.case_index >= first:
                cases.append((reader.case_index, case))
    except InputUnreadable as error:
        refusal = str(error)
    told = None if start is None else reader.faults[start:]
    return cases, (
        told,
        reader.truncation_fault,
        refusal,
        reader.cases_read,
        reader.files[0].sha256,
    )


def same_from_everywhere(data: bytes) -> int:
    """How many cases a reader could begin with, each time with the same of what follows."""
    begun: list[int] = []
    reader = ExportReader(io.BytesIO(data), "export.xml", ReadOptions(limits=LIMITS))
    reader.before_case = begun.append
    with contextlib.suppress(InputUnreadable):
        list(reader)
    for first in begun[1:]:
        assert read_from(data, first, Shard(first=first)) == read_from(data, first, Shard())
    return len(begun)


def test_a_reader_that_begins_anywhere_sees_the_rest_as_it_is() -> None:
    assert same_from_everywhere(export().encode()) == 8
    assert same_from_everywhere("".join(export().splitlines()).encode()) == 8
    text = export().replace("UTF-8", "UTF-16")
    assert same_from_everywhere(text.encode("utf-16")) == 8


@pytest.mark.fuzz
@pytest.mark.parametrize("oddity", ODDITIES, ids=[repr(one)[:24] for one in ODDITIES])
def test_a_reader_that_begins_anywhere_in_a_file_with_an_oddity(oddity: str) -> None:
    text, dice = export(), Random(oddity)
    for _ in range(10):
        at = dice.randrange(len(text))
        same_from_everywhere((text[:at] + oddity + text[at:]).encode())


def test_what_is_passed_over_does_not_add_up() -> None:
    # More than the ten million characters that libxml2 takes of one text.
    many = "".join(CASE.format(n=n).replace("\n", "\n" * 19_000, 1) for n in range(600))
    data = (HEAD.replace("<cases>8", "<cases>600") + many + END).encode()

    cases, (told, truncation_fault, refusal, count, _) = read_from(data, 599, Shard(first=599))

    line = data[: data.rindex(b"<case_closed")].count(b"\n") + 1
    assert line > 11_000_000
    assert [index for index, _ in cases] == [599]
    assert [fault.line for fault in told or ()] == [line]
    assert (truncation_fault, refusal, count) == (None, None, 600)
