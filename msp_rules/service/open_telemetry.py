"""Makes spans of OpenTelemetry, for whatever its host has installed and set up to keep them.

Only its interface is used. Without an SDK it keeps nothing; with one, a span costs about a tenth of
a millisecond.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace

from msp_rules.service.traces import FLUSH_SECONDS, SpanKind, TraceParent
from msp_rules.version import __version__

_KINDS: Final = {
    SpanKind.CALL: trace.SpanKind.SERVER,
    SpanKind.EVENT: trace.SpanKind.CONSUMER,
    SpanKind.WORK: trace.SpanKind.INTERNAL,
}


class OpenTelemetry:
    """Makes spans by a provider of OpenTelemetry; None: the one that is set up for the process."""

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self._provider = trace.get_tracer_provider() if provider is None else provider
        self._tracer = self._provider.get_tracer("msp_rules.service", __version__)

    @contextmanager
    def span(
        self, name: str, kind: SpanKind, *, parent: TraceParent | None = None, **codes: str | int
    ) -> Iterator[FollowedSpan]:
        """See `Tracing.span`. One with a parent names what was followed already in a link."""
        context, links = None, list[trace.Link]()
        if parent is not None:
            around = trace.get_current_span().get_span_context()
            links = [trace.Link(around)] if around.is_valid else []
            context = trace.set_span_in_context(trace.NonRecordingSpan(_context_of(parent)))
        with self._tracer.start_as_current_span(
            name,
            context,
            kind=_KINDS[kind],
            attributes=_attributes(codes),
            links=links,
            # Its text may hold anything.
            record_exception=False,
            set_status_on_exception=False,
        ) as made:
            span = FollowedSpan(made, parent)
            try:
                yield span
            except Exception as error:
                span.fail(type(error).__name__)
                raise

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """See `Tracing.flush`."""
        flush = getattr(self._provider, "force_flush", None)  # an SDK's, not the interface's
        if flush is not None:
            # It has a limit of its own, which not every SDK keeps.
            flushing = threading.Thread(target=flush, daemon=True)
            flushing.start()
            flushing.join(seconds)


class FollowedSpan:
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span, parent: TraceParent | None) -> None:
        self._span = span
        self._parent = parent

    @property
    def response(self) -> str | None:
        """See `Span.response`."""
        context = self._span.get_span_context()
        if not self._span.is_recording():
            return None if self._parent is None else self._parent.response()
        own = TraceParent(f"{context.trace_id:032x}", f"{context.span_id:016x}", "")
        return own.response(own.span, f"{int(context.trace_flags):02x}")

    def describe(self, name: str | None = None, **codes: str | int) -> None:
        """See `Span.describe`."""
        if name is not None:
            self._span.update_name(name)
        self._span.set_attributes(_attributes(codes))

    def fail(self, kind: str) -> None:
        """See `Span.fail`."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(trace.StatusCode.ERROR)


def _attributes(codes: dict[str, str | int]) -> dict[str, str | int]:
    """Names codes as OpenTelemetry does where it has a name for them, else by this package."""
    return {_NAMES.get(name, f"msp_rules.{name}"): code for name, code in codes.items()}


# https://opentelemetry.io/docs/specs/semconv/http/http-spans/
_NAMES: Final = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
}


def _context_of(parent: TraceParent) -> trace.SpanContext:
    return trace.SpanContext(
        int(parent.trace, 16),
        int(parent.span, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(int(parent.flags, 16)),
    )
