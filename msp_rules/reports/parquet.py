"""Writes results as one Parquet file, one row per verdict: for a warehouse or a notebook.

A case becomes rows in any process, and without the library that writes them. Rows are kept as they
came, too, since a Parquet file under way cannot be kept: a resumed scan writes them again.
"""

from __future__ import annotations

import io
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.output import OutputState
from msp_rules.audit.result import ScanResult
from msp_rules.extras import library_of
from msp_rules.reports.document import Document, Target, listed

if TYPE_CHECKING:
    import pyarrow


def parquet_rows(result: CaseResult, *, all_rows: bool) -> bytes:
    """Writes the verdicts of one case as JSON, in the order of the columns.

    A due day is an ordinal, a due instant counts microseconds since the Unix epoch.
    """
    rows = []
    for answer in listed(result.answers, all_rows=all_rows):
        due = answer.due
        rows.append(
            (
                result.case,
                answer.rule,
                answer.subject,
                answer.verdict,
                answer.severity,
                answer.colour,
                None if due is None else due.text,
                None if due is None or due.in_hours else due.cutoff.day,
                None if due is None or not due.in_hours else due.cutoff.instant,
                answer.evidence,
                None if answer.waived is None else " / ".join(answer.waived),
            )
        )
    return orjson.dumps(rows)


ROWS_A_GROUP: Final = 25_000
"""Rows that are held in memory, and written at once."""
_EPOCH: Final = date(1970, 1, 1).toordinal()


class ParquetDocument(Document):
    """The columns of results.csv, with `due` also as a day or an instant, and lists of evidence.

    Raises LibraryMissing where pyarrow is not installed.
    """

    separator = b"\n"

    def __init__(self, target: Target) -> None:
        with library_of("parquet", "results.parquet"):
            import pyarrow  # noqa: PLC0415 - an extra has it
            from pyarrow import parquet  # noqa: PLC0415 - so
        super().__init__(target)
        self.render = partial(parquet_rows, all_rows=target.all_rows)
        self._spool = target.files.spool(target.name)
        self._arrow = pyarrow
        self._schema = _schema(pyarrow)
        self._new_writer = partial(
            parquet.ParquetWriter,
            schema=self._schema,
            compression="zstd",
            # What each file says of its writer's settings is the same on every machine.
            version="2.6",
            data_page_version="1.0",
        )
        self._writer: Any = None
        self._rows: list[list[Any]] = []

    def write(self, rendered: bytes) -> None:
        """Takes the rows of one case, or of several."""
        self._spool.write(rendered + b"\n")
        for line in rendered.split(b"\n"):
            self._add(line)

    def restore(self, state: OutputState) -> None:
        """Writes the rows again."""
        super().restore(state)
        self.stream.seek(0)
        self.stream.truncate()
        self._spool.seek(0)
        for line in self._spool:
            self._add(line)
        self._spool.seek(0, io.SEEK_END)

    def end(self, result: ScanResult) -> None:
        """Writes the last rows; what could not be read or judged is in the manifest."""
        self._write_group(len(self._rows))
        self._writer.close()

    def _add(self, line: bytes) -> None:
        self._rows += orjson.loads(line)
        while len(self._rows) >= ROWS_A_GROUP:
            self._write_group(ROWS_A_GROUP)

    def _write_group(self, count: int) -> None:
        if self._writer is None:
            appended: Any = _Appended(self.stream)
            self._writer = self._new_writer(appended)
        if count:
            columns = list(zip(*self._rows[:count], strict=True))
            del self._rows[:count]
            columns[_DUE_ON] = tuple(_days(columns[_DUE_ON]))
            arrays = [
                self._arrow.array(column, type=field.type)
                for column, field in zip(columns, self._schema, strict=True)
            ]
            table = self._arrow.Table.from_arrays(arrays, schema=self._schema)
            self._writer.write_table(table, row_group_size=count)


class _Appended(io.RawIOBase):
    """A stream that is only appended to, and that the writer of Parquet may not close."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._size = 0

    def writable(self) -> bool:
        """Returns True."""
        return True

    def write(self, data: Any, /) -> int:
        """Appends some bytes."""
        self._size += len(data)
        self._stream.write(bytes(data))
        return len(data)

    def tell(self) -> int:
        """Gives the number of bytes written."""
        return self._size


_DUE_ON: Final = 7


def _schema(arrow: Any) -> pyarrow.Schema:
    text = arrow.string()
    return arrow.schema(  # type: ignore[no-any-return]
        [
            arrow.field("case", text, nullable=False),
            arrow.field("rule", text, nullable=False),
            arrow.field("subject", text),
            arrow.field("verdict", text, nullable=False),
            arrow.field("severity", text, nullable=False),
            arrow.field("colour", text, nullable=False),
            arrow.field("due", text),
            arrow.field("due_on", arrow.date32()),
            arrow.field("due_at", arrow.timestamp("us", tz="UTC")),
            arrow.field("evidence", arrow.list_(text), nullable=False),
            arrow.field("waived", text),
        ]
    )


def _days(ordinals: tuple[int | None, ...]) -> list[int | None]:
    """Converts ordinals to days since the Unix epoch."""
    return [None if one is None else one - _EPOCH for one in ordinals]
