"""Defines how calls are followed through traces of W3C Trace Context, with a library or without.

Where OpenTelemetry is installed (extra `tracing`), `installed_tracing` makes its spans; else there
are none, and a caller that names its trace finds that again in `traceresponse` all the same. A span
is named by the route of a call or by a kind of work. What it says are codes, never an id or a value
of a record; `tracestate` and `baggage`, which may hold anything, are not read.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

TRACE_PARENT: Final = "traceparent"
"""The name of the header of a call, and of the attribute of an event, that names a trace."""

FLUSH_SECONDS: Final = 2.0
"""The seconds for which the end of a process waits for whoever collects spans."""

# https://www.w3.org/TR/trace-context/: version, trace, parent, flags.
_TRACE_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class TraceParent(NamedTuple):
    """The span of somebody else in which a call, or an event, has its cause."""

    trace: str
    """The id of the trace, in 32 hexadecimal figures."""
    span: str
    """The id of the span, in 16 hexadecimal figures."""
    flags: str
    """The flags, in two: 01 where the trace is kept."""

    def response(self, span: str | None = None, flags: str = "00") -> str:
        """Writes the `traceresponse` of a span in this trace; without one, of a made-up span."""
        return f"00-{self.trace}-{span or secrets.token_hex(8)}-{flags}"


def trace_parent(text: object) -> TraceParent | None:
    """Reads a `traceparent`; gives None for anything that is not one, as the standard asks."""
    found = _TRACE_PARENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return TraceParent(found[1], found[2], found[3])


class SpanKind(StrEnum):
    """Says what a span is of."""

    CALL = "call"
    """A request that is answered."""
    EVENT = "event"
    """A message that somebody sent."""
    WORK = "work"
    """A part of either."""


class Span(Protocol):
    """A piece of work that is followed until its end."""

    @property
    def response(self) -> str | None:
        """Writes its `traceresponse`; gives None where it is in nobody's trace."""

    def describe(self, name: str | None = None, **codes: str | int) -> None:
        """Names it, and adds codes to it."""

    def fail(self, kind: str) -> None:
        """Marks it as failed, by the kind of the error and nothing more."""


class Tracing(Protocol):
    """Makes spans."""

    def span(
        self, name: str, kind: SpanKind, *, parent: TraceParent | None = None, **codes: str | int
    ) -> AbstractContextManager[Span]:
        """Follows the work of a block; without a parent as a part of what is followed already."""

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Hands over what was followed, before a process ends, in so many seconds at most."""


class NoTracing:
    """Follows nothing."""

    def span(
        self, name: str, kind: SpanKind, *, parent: TraceParent | None = None, **codes: str | int
    ) -> AbstractContextManager[Span]:
        """See `Tracing.span`."""
        return _unfollowed(None if parent is None else parent.response())

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """See `Tracing.flush`."""


@contextmanager
def _unfollowed(response: str | None) -> Iterator[Span]:
    yield _Unfollowed(response)


@dataclass(frozen=True, slots=True)
class _Unfollowed:
    """A span that nobody keeps."""

    response: str | None

    def describe(self, name: str | None = None, **codes: str | int) -> None:
        """See `Span.describe`."""

    def fail(self, kind: str) -> None:
        """See `Span.fail`."""


NO_TRACING: Final = NoTracing()
"""Follows nothing."""


@dataclass(slots=True)
class CallTrace:
    """The trace of one call, for its function."""

    tracing: Tracing = NO_TRACING
    """Makes the spans of its parts."""
    response: str | None = None
    """The `traceresponse` of the call: in its caller's trace, else in that of its event."""

    @contextmanager
    def of_event(self, said: object, *, is_alone: bool) -> Iterator[Span]:
        """Follows the reading of one message, in the trace that its `traceparent` names.

        Of a message that is alone in its call, that is the call's own, too, if the call has none.
        """
        parent = trace_parent(said)
        with self.tracing.span("receive event", SpanKind.EVENT, parent=parent) as span:
            if is_alone and parent is not None and self.response is None:
                self.response = span.response
            yield span

    def of_work(self, kind: str) -> AbstractContextManager[Span]:
        """Follows a part of the call."""
        return self.tracing.span(f"desk {kind}", SpanKind.WORK)


def installed_tracing() -> Tracing:
    """Gives OpenTelemetry where it is installed, with what its host has set up; else nothing."""
    try:
        from msp_rules.service.open_telemetry import OpenTelemetry  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        return NO_TRACING
    return OpenTelemetry()
