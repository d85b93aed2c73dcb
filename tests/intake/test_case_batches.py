"""Cases that are parsed many at once read as those that the parser of the file is fed with."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_rules.casework.case import Case, Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.case_batches import CaseBatch, CaseBatches
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.quick_elements import NAMESPACE, PREFIX
from msp_rules.intake.reading import ReadFile, ReadOptions
from msp_rules.intake.xml_parsing import BrokenSource
from tests.support import effort
from tests.support.odd_exports import CASE, END, HEAD, LIMITS, ODDITIES, export

HEAD_ENDS = len(HEAD.rstrip())
Seen = tuple[list[Case], list[Fault], Fault | None, str | None, int, list[ReadFile]]


class Pieces:
    """Gives the bytes of an export in given pieces, and then breaks if it is to."""

    def __init__(self, pieces: Iterator[bytes], *, breaks: bool = False) -> None:
        self._pieces, self._breaks = pieces, breaks

    def read(self, _size: int, /) -> bytes:
        piece = next(self._pieces, b"")
        if not piece and self._breaks:
            raise BrokenSource("the compressed file is damaged from here on")
        return piece

    def close(self) -> None:
        """Has nothing to release."""


def pieces_of(data: bytes, first: int, size: int) -> Iterator[bytes]:
    ends = [first, *range(first + size, len(data), size), len(data)]
    return (data[at:to] for at, to in zip([0, *ends], ends, strict=False) if at < to)


def read(data: bytes, first: int, size: int, *, breaks: bool = False) -> Seen:
    source = Pieces(pieces_of(data, first, size), breaks=breaks)
    reader = ExportReader(source, "export.xml", ReadOptions(limits=LIMITS))
    cases, refusal = list[Case](), None
    try:
        cases.extend(reader)
    except InputUnreadable as error:
        refusal = str(error)
    # Of a file that is refused, no more is read than shows why.
    files = reader.files if refusal is None else []
    return cases, reader.faults, reader.truncation_fault, refusal, reader.cases_read, files


def same(data: bytes, size: int, *, breaks: bool = False) -> None:
    # Where the first piece ends in the head, no batch is made.
    fed = read(data, HEAD_ENDS - 1, size, breaks=breaks)
    assert read(data, HEAD_ENDS, size, breaks=breaks) == fed


def parts(*pieces: str | bytes) -> list[bytes | int]:
    """What becomes of the pieces of a file: bytes that are left, and numbers of cases."""
    batches = CaseBatches()
    raw = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    made = [*chain.from_iterable(map(batches.parts, raw)), *batches.stop()]
    return [len(part.cases) if isinstance(part, CaseBatch) else part for part in made]


@pytest.mark.parametrize("size", [1, 100, 1_000, 60_000])
def test_a_plain_file_reads_the_same_in_any_pieces(size: int) -> None:
    same(export().encode(), size)


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_file_with_an_oddity_reads_the_same(oddity: str) -> None:
    text = export()
    for at in (len(HEAD), text.index("</case>") + 7, text.index("No!"), text.rindex("<case ") + 6):
        same((text[:at] + oddity + text[at:]).encode(), 150)
        same((text[:at] + oddity + text[at:]).encode(), 60_000)


@settings(max_examples=effort.of(60, thorough=1000), deadline=None)
@given(st.data())
def test_a_file_cut_or_spoiled_anywhere_reads_the_same(data: st.DataObject) -> None:
    text = export()
    if data.draw(st.booleans()):
        text = text[:HEAD_ENDS] + text[HEAD_ENDS:].replace("\n", "")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(HEAD_ENDS, len(text)))
        to = data.draw(st.sampled_from([at, at, at + 1, at + 40, len(text)]))
        text = text[:at] + data.draw(st.sampled_from(("", *ODDITIES))) + text[to:]

    size = data.draw(st.sampled_from([30, 250, 900, 60_000]))
    same(text.encode(), size, breaks=data.draw(st.booleans()))


def test_cases_are_given_as_soon_as_they_are_whole() -> None:
    cases = [CASE.format(n=n) for n in range(3)]

    assert parts(HEAD, cases[0] + cases[1][:-6], cases[1][-6:] + cases[2], END) == [
        HEAD.rstrip().encode(),
        1,
        2,
        b"<!--" + b"\n" * 15 + b" " * 6 + b"-->",
        b"\n" + END.encode(),
    ]


IN_A_CASE = (
    '<contact_with_adult id="e3" occurred="2026-01-06"/>',
    '<contact_with_adult id="e3" occurred="soon"><purpoze>explain</purpoze></contact_with_adult>',
    '<contact_with_adultt id="e3" occurred="2026-01-06"/>',
    "<source>gp</source>",
    "<source>gp<b/></source>",
    '<source odd="yes">gp</source>',
    '<contact_with_adult xmlns="" id="e3" occurred="2026-01-06"/>',
    '<contact_with_adult xmlns="urn:other" id="e3" occurred="2026-01-06"/>',
    f'<x:contact_with_adult xmlns:x="{NAMESPACE}" id="e3" occurred="2026-01-06"/>',
    '<x:contact_with_adult id="e3" occurred="2026-01-06"/>',
    "<x:source>gp</x:source>",
    "<end/>",
    "<case/>",
    "xmlns",
    "\r",
    "\r\n\n",
)
HEADS = {
    "its namespace alone": ("", ""),
    "on another line": (" xmlns=", "\n  xmlns="),
    "another namespace, too": (' version="1">', ' version="1" xmlns:x="urn:other">'),
    "a prefix for its namespace": (
        ' version="1">',
        f' version="1" xmlns:x="{NAMESPACE}">',
    ),
    "a prefix for it that is spelled in another way": (
        ' version="1">',
        f' version="1" xmlns:x="{NAMESPACE[:-1]}&#49;">',
    ),
}


@pytest.mark.parametrize("change", HEADS.values(), ids=HEADS)
def test_elements_of_any_namespace_read_the_same(change: tuple[str, str]) -> None:
    head = HEAD.replace(*change, 1)
    for odd in IN_A_CASE:
        for before in ("<adult", "<source>", "</case_closed>", "  </case>"):
            case = CASE.format(n=0).replace(before, odd + before, 1)
            data = (head + case + CASE.format(n=1) + END).encode()
            fed = read(data, len(head.rstrip()) - 1, 60_000)
            assert read(data, len(head.rstrip()), 60_000) == fed


@pytest.mark.parametrize("change", HEADS.values(), ids=HEADS)
def test_names_are_short_where_no_element_can_be_of_another_namespace(
    change: tuple[str, str],
) -> None:
    batches, head = CaseBatches(), HEAD.replace(*change, 1)
    (_,) = batches.parts(head.encode())
    prefix = PREFIX if "prefix" in next(n for n, one in HEADS.items() if one == change) else ""
    pieces = (CASE.format(n=0), CASE.format(n=1).replace("<adult", '<adult xmlns=""'))
    made = [part for piece in pieces for part in batches.parts(piece.encode())]

    assert [part.prefix for part in made if isinstance(part, CaseBatch)] == [prefix, PREFIX]


STEPS_ASIDE = {
    "the head goes on in the next piece": [HEAD[:-8], HEAD[-8:] + CASE.format(n=0)],
    "another encoding": [HEAD.replace("UTF-8", "ISO-8859-1") + CASE.format(n=0)],
    "two bytes a character": [(HEAD + CASE.format(n=0)).encode("utf-16")],
    "a comment in the head": [HEAD.replace("<cases>", "<!-- --><cases>") + CASE.format(n=0)],
    "a document type": [HEAD.replace("<case_export", "<!DOCTYPE x><case_export", 1)],
    "another element beside the cases": [HEAD, "<stray/>" + CASE.format(n=0)],
    "a case with a comment left open": [HEAD, "<case><!-- </case>"],
    "a case with a section left open": [HEAD, "<case><![CDATA[ </case>"],
    "a case in a case": [HEAD, "<case><case></case>"],
    "a case that is not sound": [HEAD, "<case><a></case>"],
    "an entity": [HEAD, "<case>&unknown;</case>"],
    "no UTF-8": [HEAD, b"<case>\xff</case>"],
    "more behind the end": [HEAD, END + "<case></case>"],
}


@pytest.mark.parametrize("pieces", STEPS_ASIDE.values(), ids=STEPS_ASIDE)
def test_what_is_no_plain_case_is_left_with_all_that_follows(pieces: list[str | bytes]) -> None:
    left = parts(*pieces, CASE.format(n=1))

    raw = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    assert b"".join(part for part in left if isinstance(part, bytes)) == b"".join(
        [*raw, CASE.format(n=1).encode()]
    )
    assert not any(isinstance(part, int) for part in left)


def test_cases_before_one_that_is_not_sound_are_not_given_twice() -> None:
    good, bad = CASE.format(n=0), "<case><a></case>"

    assert parts(HEAD, good, good + bad) == [
        HEAD.rstrip().encode(),
        1,
        b"<!--" + b"\n" * 5 + b" " * 6 + b"-->",
        b"\n" + (good + bad).encode(),
    ]


def test_lines_are_those_of_the_file() -> None:
    cases, faults, *_ = read((export() + "\n").encode(), HEAD_ENDS, 700)

    assert [case.line for case in cases] == [8 + 5 * n for n in range(8)]
    assert [case.events[1].line for case in cases] == [11 + 5 * n for n in range(8)]
    assert [fault.line for fault in faults] == [11 + 5 * n for n in range(8)]


def test_an_event_without_any_text_has_its_line_also_beyond_those_that_a_parser_counts() -> None:
    field = '<text withheld="yes"/>'
    event = f'<outcome_expressed id="e1" occurred="2026-01-05">{field}</outcome_expressed>'
    before = HEAD + "\n" * 40_000 + '<case id="SA-1"><adult ref="P"/></case>' + "\n" * 40_000
    text = before + f'<case id="SA-2"><adult ref="P"/>\n{event}</case>' + END

    _, case = ExportReader(io.BytesIO(text.encode()), "export.xml")

    assert [one.line for one in case.events] == [text[: text.index(event)].count("\n") + 1]


@pytest.mark.parametrize("breaks", [65_520, 65_530, 65_534, 65_540, 140_000])
def test_cases_behind_one_of_many_lines_have_their_own(breaks: int) -> None:
    event = '<case_closed id="e1" occurred="2026-01-05"> </case_closed>'
    cases = [
        f'<case id="SA-{n}"> <adult ref="P"/>{gap}{event} </case>'
        for n, gap in enumerate(("\n" * breaks, "", "\n"))
    ]
    text = HEAD + "".join(cases) + END

    # All at once, or the case of many lines by itself.
    for pieces in ([text], [HEAD + cases[0], *cases[1:], END]):
        source = Pieces(iter([piece.encode() for piece in pieces]))
        read_cases = list(ExportReader(source, "export.xml"))

        first = HEAD.count("\n") + 1
        assert [case.line for case in read_cases] == [first, first + breaks, first + breaks]
        lines = [case.events[0].line for case in read_cases]
        assert lines == [first + breaks, first + breaks, first + breaks + 1]


@pytest.mark.parametrize("gap", ["\n", " ", "\n\n"])
def test_a_parser_that_is_fed_gives_such_events_the_same_line(gap: str) -> None:
    field = '<text withheld="yes"/>'
    event = f'<outcome_expressed id="%s" occurred="2026-01-05">{field}</outcome_expressed>'
    events = gap.join([event % name for name in ("e1", "e2", "e3")])
    case = f'<case id="SA-%s"><adult ref="P"/>{gap}{events}</case>' + gap
    before = HEAD + case % 1 + "\n" * 80_000
    text = before + "".join([case % number for number in (2, 3)]) + END

    cases = list(ExportReader(io.BytesIO(text.encode()), "export.xml"))

    first = before.count("\n") + 1
    breaks = gap.count("\n")
    assert [one.line for one in cases[1].events] == [first + breaks * n for n in (1, 2, 3)]
    same(text.encode(), 60_000)
