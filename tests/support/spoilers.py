"""The ways in which exports go wrong between a system and a scan, each by its name.

Each takes the folder of an export and dice, and changes what is there. What leaves no trace in any
file (a talk that was never exported) is not among them.
"""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from openpyxl import Workbook, load_workbook

Change = Callable[[Path, Random], None]
Text = Callable[[str, Random], str]


class Spoiler(NamedTuple):
    """One way to spoil an export."""

    change: Change
    adds: bool = False
    """True if it adds what must be named even though every case of before is judged as before."""


def _edited(name: str, edit: Text, *, encoding: str = "utf-8") -> Change:
    """Changes the text of a file; a change that changes nothing is a slip of this module."""

    def change(folder: Path, dice: Random) -> None:
        path = folder / name
        before = path.read_text(encoding="utf-8")
        after = edit(before, dice)
        assert after != before, "nothing was spoiled"
        path.write_bytes(after.encode(encoding, "surrogateescape"))

    return change


def _replaced(pattern: str, by: str) -> Text:
    """Replaces one of the places that a pattern finds."""

    def edit(text: str, dice: Random) -> str:
        found = dice.choice(list(re.finditer(pattern, text)))
        return text[: found.start()] + found.expand(by) + text[found.end() :]

    return edit


def _lines(edit: Callable[[list[str], Random], list[str]], *, of: str = "") -> Text:
    """Changes the lines that hold a text, as a list of their own."""

    def edited(text: str, dice: Random) -> str:
        lines = text.splitlines(keepends=True)
        at = [number for number, line in enumerate(lines) if of in line]
        changed = edit([lines[number] for number in at], dice)
        return "".join([*lines[: at[0]], *changed, *lines[at[-1] + 1 :]])

    return edited


def _dropped(lines: list[str], dice: Random) -> list[str]:
    at = dice.randrange(len(lines))
    return [*lines[:at], *lines[at + 1 :]]


def _doubled(lines: list[str], dice: Random) -> list[str]:
    at = dice.randrange(len(lines))
    return [*lines[: at + 1], *lines[at:]]


def _cut(text: str, dice: Random) -> str:
    start = text.index("SA-01")
    return text[: dice.randrange(start, len(text) - 20)]


def _at_the_end(line: str) -> Text:
    return lambda text, _dice: f"{text}{line}\n"


def _at_the_start(lines: str) -> Text:
    return lambda text, _dice: f"{lines}{text}"


def _bytes_in(name: str, put: bytes, *, over: bool = False) -> Change:
    """Puts bytes into the middle of a word of a file."""

    def change(folder: Path, dice: Random) -> None:
        body = (folder / name).read_bytes()
        at = dice.choice([found.start() + 2 for found in re.finditer(rb"SA-\d\d", body)])
        (folder / name).write_bytes(body[:at] + put + body[at + (len(put) if over else 0) :])

    return change


def _in_encoding(name: str, encoding: str) -> Change:
    def change(folder: Path, _dice: Random) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_bytes(text.encode(encoding))

    return change


def _beside(name: str, text: str) -> Change:
    return lambda folder, _dice: (folder / name).write_text(text) and None


def _copied(name: str, to: str) -> Change:
    def change(folder: Path, _dice: Random) -> None:
        (folder / to).parent.mkdir(exist_ok=True)
        shutil.copyfile(folder / name, folder / to)

    return change


def _renamed(name: str, to: str) -> Change:
    return lambda folder, _dice: (folder / name).rename(folder / to) and None


def _removed(name: str) -> Change:
    return lambda folder, _dice: (folder / name).unlink()


def _packed(change: Callable[[bytes, Random], bytes]) -> Change:
    def packed(folder: Path, dice: Random) -> None:
        body = gzip.compress((folder / "export.xml").read_bytes(), mtime=0)
        (folder / "export.xml").unlink()
        (folder / "export.xml.gz").write_bytes(change(body, dice))

    return packed


def _zipped(member: str, *, change: Callable[[bytes, Random], bytes] | None = None) -> Change:
    """Packs the export into an archive, beside a member of another name."""

    def zipped(folder: Path, dice: Random) -> None:
        with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / "export.xml", "export.xml")
            archive.writestr(member, "id,person\nSA-99,P-99\n")
        (folder / "export.xml").unlink()
        if change is not None:
            body = (folder / "all.zip").read_bytes()
            (folder / "all.zip").write_bytes(change(body, dice))

    return zipped


def _cut_bytes(body: bytes, dice: Random) -> bytes:
    return body[: dice.randrange(len(body) // 2, len(body) - 30)]


def _flipped(body: bytes, dice: Random) -> bytes:
    at = dice.randrange(60, len(body) // 2)
    return body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]


def _sheet(edit: Callable[[Workbook, Random], None]) -> Change:
    def change(folder: Path, dice: Random) -> None:
        book = load_workbook(folder / "cases.xlsx")
        edit(book, dice)
        book.save(folder / "cases.xlsx")

    return change


def _book_bytes(change: Callable[[bytes, Random], bytes]) -> Change:
    def changed(folder: Path, dice: Random) -> None:
        path = folder / "cases.xlsx"
        path.write_bytes(change(path.read_bytes(), dice))

    return changed


def _cell_of(book: Workbook, column: int, value: object, dice: Random) -> None:
    book["cases"].cell(row=dice.randrange(2, 14), column=column).value = value  # type: ignore[assignment]


def _sheet_renamed(book: Workbook, _dice: Random) -> None:
    book["cases"].title = "Sheet1"


def _with_totals(book: Workbook, _dice: Random) -> None:
    book["cases"].append(["Total", 12])


def _with_sheet(book: Workbook, _dice: Random, *, state: str) -> None:
    sheet = book.create_sheet("February")
    sheet.append(["id", "person", "received", "asked on", "answer", "closed"])
    sheet.append(["SA-90", "P-90", "2026-02-05", "", "", ""])
    sheet.sheet_state = state


_xml = partial(_edited, "export.xml")
_json = partial(_edited, "export.json")
_cases = partial(_edited, "cases.csv")
_talks = partial(_edited, "talks.csv")
_TALK: Final = r'(<outcomes_conversation [^>]*occurred=")'
_THAT_ASKED: Final = "(?=[^<]*<asked>asked_expressed)"


def _all(word: str, by: str) -> Text:
    """Replaces a word everywhere."""
    return lambda text, _dice: text.replace(word, by)


def _becomes(text: str) -> Text:
    return lambda _before, _dice: text


_XML: Final = {
    "a case is lost": Spoiler(_xml(_lines(_dropped, of="<case "))),
    "a case is there twice": Spoiler(_xml(_lines(_doubled, of="<case ")), adds=True),
    "the file is cut off": Spoiler(_xml(_cut)),
    "an event type is mistyped": Spoiler(
        _xml(_all("outcomes_conversation", "outcome_conversation"))
    ),
    "an event type is of another world": Spoiler(
        _xml(_all("outcomes_conversation", "payment_made"))
    ),
    "a field is mistyped": Spoiler(_xml(_replaced(r"<(/?)asked>", r"<\1askd>"))),
    "a code is unknown": Spoiler(_xml(_replaced("asked_expressed", "asked_a_bit"))),
    "a year is mistyped": Spoiler(_xml(_replaced(_TALK + "2026" + _THAT_ASKED, r"\g<1>2062"))),
    "a date is a placeholder": Spoiler(_xml(_replaced(_TALK + r"[\d-]+", r"\g<1>1900-01-01"))),
    "a date is in another form": Spoiler(_xml(_replaced(_TALK + r"[\d-]+", r"\g<1>05/01/2026"))),
    "a date is lost": Spoiler(_xml(_replaced(r' occurred="[\d-]+"', ""))),
    "an id of an event is lost": Spoiler(_xml(_replaced(r'(<\w+) id="SA-\d\d-talk"', r"\1"))),
    "two events have one id": Spoiler(_xml(_all("-talk", "-concern"))),
    "the id of a case is lost": Spoiler(_xml(_replaced(r'<case id="SA-\d\d"', "<case"))),
    "the id of a case is that of another": Spoiler(
        _xml(_replaced(r'<case id="SA-(?!01)\d\d"', '<case id="SA-01"'))
    ),
    "an end tag is lost": Spoiler(_xml(_replaced("</case>", ""))),
    "an ampersand is not escaped": Spoiler(
        _xml(_replaced("<identified_adult>yes", "<identified_adult>y&s"))
    ),
    "an end of a case is lost with the start of the next": Spoiler(
        _xml(_replaced(r"</case>\n<case [^>]*><adult [^>]*/>", ""))
    ),
    "the encoding is another than declared": Spoiler(
        _xml(_replaced("SA-05", "SA-05\u00e9"), encoding="cp1252")
    ),
    "zeros of a broken disk": Spoiler(_bytes_in("export.xml", bytes(40), over=True)),
    "a type of document": Spoiler(
        _xml(lambda text, _: text.replace("<case_export", "<!DOCTYPE x []>\n<case_export", 1))
    ),
    "the namespace is another": Spoiler(_xml(_replaced("case-export:1", "case-export:2"))),
    "the header comes last": Spoiler(
        _xml(
            lambda text, _: re.sub(
                r"(<header>.*?</header>)(.*)(</case_export>)", r"\2\1\3", text, flags=re.S
            )
        )
    ),
    "the header is there twice": Spoiler(
        _xml(lambda text, _: re.sub(r"(<header>.*?</header>)", r"\1\1", text)), adds=True
    ),
    "the date of the export can't be read": Spoiler(
        _xml(_replaced("<reference_date>2026-03-31", "<reference_date>31/03/2026"))
    ),
    "an event stands between the cases": Spoiler(
        _xml(_replaced(r"(<outcomes_conversation.*?</outcomes_conversation>)(.*?</case>)", r"\2\1"))
    ),
    "the same file under another name": Spoiler(_copied("export.xml", "export (1).xml"), adds=True),
    "the month before saved as CSV": Spoiler(
        _beside("december.csv", "id,person\nSA-90,P-90\n"), adds=True
    ),
    "a page that asks to log in": Spoiler(
        _xml(_becomes("<!DOCTYPE html><html><body>Your session is over</body></html>"))
    ),
    "an empty file": Spoiler(_xml(_becomes(""))),
    "a packed file that is cut off": Spoiler(_packed(_cut_bytes)),
    "a packed file with a wrong bit": Spoiler(_packed(_flipped)),
    "an archive with a table beside the export": Spoiler(_zipped("february.csv"), adds=True),
    "an archive that is cut off": Spoiler(_zipped("february.csv", change=_cut_bytes)),
    "an archive with a wrong bit": Spoiler(_zipped("february.csv", change=_flipped), adds=True),
}
_WIDE: Final = {
    "a row of totals": Spoiler(_cases(_at_the_end("Total,12,,,,")), adds=True),
    "a title above the columns": Spoiler(
        _cases(_at_the_start("Safeguarding,,,,,\nRun date: 31/03/2026,,,,,\n"))
    ),
    "a row is there twice": Spoiler(_cases(_lines(_doubled, of="SA-")), adds=True),
    "the id of a row is lost": Spoiler(_cases(_replaced(r"\nSA-\d\d,", "\n,"))),
    "a column is renamed": Spoiler(_cases(_replaced("asked on", "date asked"))),
    "the column of closing is renamed": Spoiler(_cases(_replaced("closed", "end"))),
    "two columns have one name": Spoiler(_cases(_replaced("asked on", "received"))),
    "the head of a column is blank": Spoiler(_cases(_replaced("answer", ""))),
    "a row has lost a cell": Spoiler(_cases(_replaced(r",(2026-01-\d\d),", ","))),
    "a row has a cell too many": Spoiler(_cases(_replaced(r"\n(SA-\d\d),", r"\n\1,Smith,"))),
    "a quote is not closed": Spoiler(_cases(_replaced(r"\n(SA-\d\d),", r'\n"\1,'))),
    "dates are numbers of a spreadsheet": Spoiler(_cases(_replaced(r",2026-01-\d\d,", ",46027,"))),
    "days and months have changed places": Spoiler(
        _cases(_replaced(r",2026-(01)-(\d\d),", r",\2/\1/2026,"))
    ),
    "an error of a spreadsheet": Spoiler(_cases(_replaced(",Asked,", ",#REF!,"))),
    "an answer in other letters": Spoiler(_cases(_replaced(",Asked,", ",ASKD,"))),
    "another delimiter": Spoiler(_cases(_all(",", ";"))),
    "another encoding": Spoiler(_in_encoding("cases.csv", "utf-16")),
    "a name in another encoding": Spoiler(
        _cases(_replaced("P-05", "P-05\u00e9"), encoding="cp1252")
    ),
    "a zero byte": Spoiler(_bytes_in("cases.csv", b"\x00")),
    "another month beside": Spoiler(_copied("cases.csv", "cases (2).csv"), adds=True),
    "a month in a folder within": Spoiler(_copied("cases.csv", "old/cases.csv"), adds=True),
    "a workbook beside": Spoiler(_beside("february.xlsx", "x"), adds=True),
    "a table of another name": Spoiler(_renamed("cases.csv", "cases_march.csv")),
    "the head again in the midst": Spoiler(
        _cases(_replaced(r"\nSA-05", "\nid,person,received,asked on,answer,closed\nSA-05")),
        adds=True,
    ),
    "a workbook under the name of CSV": Spoiler(
        lambda folder, _: (folder / "cases.csv").write_bytes(b"PK\x03\x04" + bytes(40)) and None
    ),
}
_TABLES: Final = {
    "a case is lost and its rows are left": Spoiler(_cases(_lines(_dropped, of="SA-"))),
    "a key leads nowhere": Spoiler(_talks(_replaced(r",SA-(\d\d),", r",SB-\1,"))),
    "a key is lost": Spoiler(_talks(_replaced(r",SA-\d\d,", ",,"))),
    "a table is lost": Spoiler(_removed("talks.csv")),
    "a table is empty": Spoiler(_talks(_becomes(""))),
    "a table has a head alone": Spoiler(_talks(_becomes("id,case,asked on,answer\n"))),
    "the key's column is renamed": Spoiler(_talks(_replaced("case", "ref"))),
    "two rows of one key": Spoiler(_cases(_lines(_doubled, of="SA-")), adds=True),
    "two talks of one id": Spoiler(_talks(_lines(_doubled, of="SA-")), adds=True),
}
_WORKBOOK: Final = {
    "a sheet is renamed": Spoiler(_sheet(_sheet_renamed)),
    "a sheet beside": Spoiler(_sheet(partial(_with_sheet, state="visible")), adds=True),
    "a hidden sheet beside": Spoiler(_sheet(partial(_with_sheet, state="hidden")), adds=True),
    "a title on the sheet": Spoiler(_sheet(lambda book, _: book["cases"].insert_rows(1, 2))),
    "totals on the sheet": Spoiler(_sheet(_with_totals), adds=True),
    "an error in a cell": Spoiler(_sheet(lambda book, dice: _cell_of(book, 3, "#N/A", dice))),
    "a number for a date": Spoiler(_sheet(lambda book, dice: _cell_of(book, 3, 46027, dice))),
    "a date without digits": Spoiler(_sheet(lambda book, dice: _cell_of(book, 3, "soon", dice))),
    "a workbook that is cut off": Spoiler(_book_bytes(_cut_bytes)),
    "a workbook with a wrong bit": Spoiler(_book_bytes(_flipped)),
    "a lock of an office program beside": Spoiler(_beside("~$cases.xlsx", "x"), adds=True),
}
_JSON: Final = {
    "the JSON is cut off": Spoiler(_json(_cut)),
    "a brace is lost": Spoiler(_json(_replaced(r"\},\n", ",\n"))),
    "a record is there twice": Spoiler(_json(_lines(_doubled, of="SA-0")), adds=True),
    "a key is renamed in all": Spoiler(_json(_all('"asked on"', '"askedOn"'))),
    "a list in place of a text": Spoiler(
        _json(_replaced(r'"received": ("[^"]*")', r'"received": [\1, \1]'))
    ),
    "an object in place of a text": Spoiler(
        _json(_replaced(r'"received": ("[^"]*")', r'"received": {"on": \1}'))
    ),
    "a number that is none": Spoiler(_json(_replaced(r'"received": "[^"]*"', '"received": NaN'))),
    "the id of a record is null": Spoiler(_json(_replaced(r'"id": "[^"]*"', '"id": null'))),
    "the list has another name": Spoiler(_json(_replaced('"cases"', '"episodes"'))),
    "JSON in UTF-16": Spoiler(_in_encoding("export.json", "utf-16")),
    "text of another encoding": Spoiler(_json(_replaced("P-05", "P-05\u00e9"), encoding="cp1252")),
    "XML under the name of JSON": Spoiler(_json(_becomes("<cases/>"))),
    "another list beside": Spoiler(
        _json(_replaced(r"\]\}", r'], "more": [{"id": "SA-90"}]}')), adds=True
    ),
}
SPOILERS: Final = {
    "xml": _XML,
    "wide": _WIDE,
    "tables": _TABLES,
    "workbook": _WORKBOOK,
    "json": _JSON,
}
"""Every spoiler, by the form of export that it spoils, and by its name."""
