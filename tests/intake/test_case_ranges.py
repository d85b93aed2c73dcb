"""Readers that read their own bytes only see together what one reader of the whole file sees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_ranges import between, ranges_of
from msp_rules.intake.export_files import ExportFile, open_file
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.reading import Boundary, CaseIds, CaseRanges, ReadOptions, Shard
from tests.support import effort
from tests.support.odd_exports import CASE, END, HEAD, LIMITS, ODDITIES, export


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example writes anew."""
    return tmp_path_factory.mktemp("ranges") / "export.xml"


class Read:
    """What a reader gave, and what it said."""

    def __init__(
        self, path: Path, shard: Shard | None = None, ranges: CaseRanges | None = None
    ) -> None:
        options = ReadOptions(limits=LIMITS, shard=shard, ranges=ranges)
        self.cases: list[tuple[int, Case]] = []
        self.refusal: str | None = None
        with ExportReader(open_file(ExportFile(path=path)), path.name, options) as reader:
            try:
                self.cases += ((reader.case_index, case) for case in reader)
            except InputUnreadable as error:
                self.refusal = str(error)
        self.faults = Counter(reader.faults)
        self.truncation_fault = reader.truncation_fault
        self.cases_read = reader.cases_read
        self.bytes_read = reader.bytes_read


def found(path: Path, block: int = 1, first: int = 0, ids: CaseIds | None = None) -> CaseRanges:
    ranges = ranges_of(
        ExportFile(path=path), ids or CaseIds(), block=block, first=first, limits=LIMITS
    )
    assert ranges is not None
    return ranges


def same(path: Path, data: bytes, jobs: int, block: int) -> bool:
    """Compares with a reader of the whole, and says whether the file could be shared at all."""
    path.write_bytes(data)
    ranges = ranges_of(ExportFile(path=path), CaseIds(), block=block, limits=LIMITS)
    if ranges is None:
        return False
    alone = Read(path)
    parts = [Read(path, Shard(number, jobs, block), ranges) for number in range(jobs)]
    broken = min(parts, key=lambda one: one.cases_read)
    cases = sorted((one for part in parts for one in part.cases), key=lambda one: one[0])
    faults = sum((part.faults for part in parts), Counter())

    assert (broken.cases_read, broken.truncation_fault) == (
        alone.cases_read,
        alone.truncation_fault,
    )
    assert parts[0].refusal == alone.refusal
    if alone.truncation_fault is None and alone.refusal is None:
        assert (cases, faults) == (alone.cases, alone.faults)
    elif alone.refusal is None:
        # Others may have gone on, and found more to say of what comes after.
        assert [one for one in cases if one[0] < alone.cases_read] == alone.cases
        assert alone.faults <= faults
    return True


@pytest.mark.parametrize("jobs", [2, 3, 9])
@pytest.mark.parametrize("block", [1, 2])
def test_a_plain_file_is_shared(path: Path, jobs: int, block: int) -> None:
    assert same(path, export().encode(), jobs, block)
    assert same(path, export().replace("No! Why?", "\n\n é 🜁 ").encode(), jobs, block)
    assert same(path, b"\xef\xbb\xbf" + export().encode(), jobs, block)
    assert same(path, export().replace("\n", "\r\n").encode(), jobs, block)
    assert same(path, "".join(line.strip() for line in export().splitlines()).encode(), jobs, block)
    assert same(path, export(0).encode(), jobs, block)


@pytest.mark.parametrize(
    "data",
    [
        export().replace("UTF-8", "UTF-16").encode("utf-16"),
        export().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        export().replace("No!", "<!-- </case> -->").encode(),
        export().replace("No!", "<![CDATA[</case>]]>").encode(),
        export().replace("No!", "<?note </case>?>").encode(),
        export().replace("</case>\n", "</case>\n<stray/>").encode(),
        export().replace("No!", "x" * 10_000).encode(),
        export()[:-30].encode(),
        (HEAD.replace("</header>", "<!-- no --></header>") + END).encode(),
        b"",
    ],
)
def test_what_is_not_plain_is_not_shared_and_its_ids_are_left_to_who_reads_it(
    path: Path, data: bytes
) -> None:
    path.write_bytes(data)
    ids = CaseIds()

    assert ranges_of(ExportFile(path=path), ids, block=2, limits=LIMITS) is None
    assert (ids.count, ids.of_file) == (0, [])


def test_what_is_packed_or_gone_or_refused_is_not_shared(tmp_path: Path) -> None:
    (tmp_path / "x.xml.gz").write_bytes(export().encode())

    for file in (
        ExportFile(path=tmp_path / "x.xml.gz"),
        ExportFile(path=tmp_path / "gone.xml"),
        ExportFile(path=tmp_path),
        ExportFile(path=tmp_path / "x.xml", refusal="no"),
    ):
        assert ranges_of(file, CaseIds(), block=1) is None


@settings(max_examples=effort.of(80, thorough=2000), deadline=None)
@given(st.data())
def test_a_file_cut_or_spoiled_anywhere_is_read_as_by_one(path: Path, data: st.DataObject) -> None:
    text = export()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        to = data.draw(st.sampled_from([at, at, at + 1, at + 40]))
        text = text[:at] + data.draw(st.sampled_from(("", *ODDITIES))) + text[to:]

    same(path, text.encode(), data.draw(st.integers(2, 4)), data.draw(st.integers(1, 3)))


def test_each_reader_reads_its_own_bytes_and_those_around_the_cases(path: Path) -> None:
    path.write_text(export())
    ranges = found(path, 3)

    parts = [Read(path, Shard(number, 2, 3), ranges) for number in range(2)]

    around = ranges.head.offset + len(path.read_bytes()) - ranges.end.offset
    in_blocks = ranges.end.offset - ranges.head.offset
    second = ranges.blocks[2].offset - ranges.blocks[1].offset
    assert [part.bytes_read for part in parts] == [around + in_blocks - second, around + second]


def test_most_mistakes_inside_a_case_do_not_keep_a_file_from_being_shared(path: Path) -> None:
    text, shared = export(), 0
    for oddity in ODDITIES:
        at = text.index("<source>", 1500)
        shared += same(path, (text[:at] + oddity + text[at:]).encode(), 3, 1)

    assert shared > len(ODDITIES) // 3


def test_ids_that_were_used_before_are_found_once_for_all(path: Path) -> None:
    text = export().replace('id="SA-3"', 'id=" SA-1\t"').replace('id="SA-5" ', "")
    path.write_text(text)
    ids = CaseIds()
    ids.begin_file("earlier.xml")
    ids.clash("SA-7")

    ranges = found(path, ids=ids)

    assert ranges.clashes == {
        3: "this case id was used before in the file; the second case is not judged",
        7: "this case id is in an earlier file too; the second case is not judged",
    }
    assert [ranges.ids_before(case) for case in (0, 5, 6, 8)] == [0, 5, 5, 7]
    assert same(path, text.encode(), 2, 1)


def test_ids_of_cases_that_were_not_reached_can_be_used_again(path: Path) -> None:
    path.write_text(export().replace('id="SA-6"', 'id="SA-1"'))
    ids = CaseIds()
    ranges = found(path, ids=ids)

    ids.keep_of_file(ranges.ids_before(4))

    assert ids.since(0) == ["SA-0", "SA-1", "SA-2", "SA-3"]
    ids.begin_file("later.xml")
    assert (ids.clash("SA-1") is None, ids.clash("SA-5") is None) == (False, True)


@pytest.mark.parametrize("first", [1, 3, 7, 8])
def test_readers_may_begin_at_any_case(path: Path, first: int) -> None:
    path.write_text(export().replace("No!", "\n no"))
    ranges = found(path, 2, first)

    parts = [Read(path, Shard(number, 2, 2, first), ranges) for number in range(2)]

    alone = Read(path, Shard(first=first))
    assert sorted((one for part in parts for one in part.cases), key=lambda one: one[0]) == (
        alone.cases
    )
    assert [part.cases_read for part in parts] == [8, 8]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(CASE.format(n=1), ""),
    ],
)
def test_a_file_that_is_written_to_meanwhile_ends_early(path: Path, spoil: object) -> None:
    path.write_text(export())
    ranges = found(path)
    assert callable(spoil)
    path.write_text(spoil(export()))

    parts = [Read(path, Shard(number, 2, 1), ranges) for number in range(2)]

    assert any(one.truncation_fault is not None for one in parts)


@settings(max_examples=effort.of(60, thorough=2000), deadline=None)
@given(st.integers(0, 200_000), st.integers(7, 200_000), st.integers(0, 150_000))
def test_blanks_take_up_the_lines_and_columns_of_what_they_stand_for(
    lines: int, columns: int, before: int
) -> None:
    begin = Boundary(0, 5, before)
    end = Boundary(1, 5 + lines, columns + (0 if lines else before))

    parts = list(between(begin, end))

    blank = b"".join(parts)
    assert all(one.startswith(b"<!--") and one.endswith(b"-->") for one in parts)
    assert all(b"--" not in one[4:-3] and len(one) < 150_000 for one in parts)
    assert blank.count(b"\n") == lines
    assert len(blank) - (blank.rfind(b"\n") + 1) == columns


def test_nothing_stands_between_a_place_and_itself() -> None:
    assert list(between(Boundary(9, 2, 7), Boundary(9, 2, 7))) == []


def test_lines_of_faults_are_right_beyond_those_that_a_parser_counts(path: Path) -> None:
    text = HEAD + "".join(CASE.format(n=n).replace("\n", "\n" * 1_500) for n in range(12)) + END

    assert text.count("\n") > 80_000
    assert same(path, text.encode(), 2, 1)
