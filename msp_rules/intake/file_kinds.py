"""Names what a file is by its first bytes, where it is not what a reader needs."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class FileKind(NamedTuple):
    """A kind of file, as a message names it."""

    words: str
    """The kind, with an article."""
    advice: str = "save or export it as XML, CSV or .xlsx"
    """The way to have it read."""


_BY_MAPPING: Final = "it is scanned with --mapping FILE"
_WORKBOOK: Final = FileKind("a workbook (.xlsx)", _BY_MAPPING)
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", FileKind("an old workbook or document (.xls, .doc)", _BY_MAPPING)),
    (b"%PDF", FileKind("a PDF")),
    (b"{\\rtf", FileKind("a text document (.rtf)")),
    (b"SQLite format 3\x00", FileKind("an SQLite database")),
    (b"\x00\x01\x00\x00Standard ", FileKind("an Access database")),
    (b"PAR1", FileKind("a Parquet file")),
    (b"\x1f\x8b", FileKind("packed with gzip", "let its name end with .gz")),
    (b"BZh", FileKind("packed with bzip2", "unpack it first")),
    (b"\xfd7zXZ\x00", FileKind("packed with xz", "unpack it first")),
    (b"7z\xbc\xaf\x27\x1c", FileKind("a 7z archive", "unpack it first")),
    (b"Rar!", FileKind("a RAR archive", "unpack it first")),
    (b"\x89PNG", FileKind("a picture")),
    (b"\xff\xd8\xff", FileKind("a picture")),
    (b"GIF8", FileKind("a picture")),
)
_ZIP: Final = b"PK\x03\x04"
_IN_ZIP: Final = (
    (b"xl/", _WORKBOOK),
    (b"application/vnd.oasis.opendocument.spreadsheet", FileKind("a workbook (.ods)", _BY_MAPPING)),
    (b"word/", FileKind("a text document (.docx)")),
    (b"ppt/", FileKind("a set of slides (.pptx)")),
    (b"application/vnd.oasis.opendocument.text", FileKind("a text document (.odt)")),
)
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SPREADSHEET_XML: Final = b"urn:schemas-microsoft-com:office:spreadsheet"
_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html|table)\b", re.IGNORECASE)
_BOUNDARY: Final = re.compile(rb"[,;\t|]")
_UNPRINTABLE: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def packed_kind(start: bytes) -> FileKind | None:
    """Names the kind of a file that no text begins like; None for a text."""
    if start.startswith(_ZIP):
        inside = (kind for mark, kind in _IN_ZIP if mark in start)
        return next(inside, FileKind("a zip archive", "let its name end with .zip"))
    return next((kind for mark, kind in _SIGNATURES if start.startswith(mark)), None)


def kind_instead_of_xml(start: bytes) -> FileKind | None:
    """Names what a file is by its first bytes, if it surely is something else than XML."""
    packed = packed_kind(start)
    if packed is not None:
        return packed
    text = _as_plain(start)
    if _PAGE.match(text):
        return FileKind("a web page, whatever its name says", "save it as .xlsx or CSV")
    if text.startswith(b"<"):
        if _SPREADSHEET_XML in text:
            return FileKind("a workbook saved as XML", f"save it as .xlsx; {_BY_MAPPING}")
        return None
    if not text or _UNPRINTABLE.search(text):
        return None
    if text.startswith((b"{", b"[")):
        return FileKind("JSON", _BY_MAPPING)
    if any(_BOUNDARY.search(line) for line in text.splitlines()[:2]):
        return FileKind("CSV, as it seems", _BY_MAPPING)
    return FileKind("plain text, and no XML")


def _as_plain(start: bytes) -> bytes:
    """Takes the mark of an encoding and the white space off, and the zeros of UTF-16."""
    for mark in _MARKS:
        start = start.removeprefix(mark)
    if start[1:2] == b"\x00" or start[:1] == b"\x00":
        start = start.replace(b"\x00", b"")
    return start.lstrip()
