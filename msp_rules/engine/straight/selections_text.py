"""Writes functions that find the events of a selection in a clear record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.moments import Moment
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.engine.long_lists import FEW
from msp_rules.engine.scope import DECIDES_ON, DECISION
from msp_rules.engine.selections import (
    Clock,
    hangs_on_subject,
    is_steady,
    only_subject_bounds,
    speed_test,
    window_test,
    without_subject_bounds,
)
from msp_rules.engine.straight.source import Source
from msp_rules.rules.language.conditions import (
    Anchor,
    AsOf,
    EventAnchor,
    FieldTest,
    Selection,
    Test,
    This,
)

_BOUNDS: Final = {
    "since": "is_since(e, {at})",
    "after": "is_after(e, {at})",
    "by": "is_up_to(e, {at})",
    "before": "is_earlier(e, {at})",
    "from_day": "is_on_or_after_day(e, {at})",
    "through_day": "is_on_or_before_day(e, {at})",
    "surely_before": "is_surely_earlier(e, {at})",
}
"""The test of each bound in time, of an event `e` and the moment of the bound's anchor."""
LIST_OF_EVENTS: Final = "list[Event]"
"""The type of what functions find."""
IN_ENVELOPE: Final = frozenset({"id", "agency", "role"})


class Tests(NamedTuple):
    """Holds the text of tests, and the lines that must come before it."""

    before: tuple[str, ...]
    """Lines that name the moments that are compared with."""
    text: str
    """The text of one value, true or false."""


class SelectionWriter:
    """Writes the functions of selections, one for all conditions that ask for the same events."""

    def __init__(self, source: Source, clock: Clock, vocabulary: Vocabulary) -> None:
        self.source = source
        self.clock = clock
        self._vocabulary = vocabulary
        self._tested: dict[str, set[str]] = {"explanation": {"rule", "subject", "code"}}

    def events(self, selection: Selection) -> str:
        """Gives the text of a call that finds the events, in order of time."""

        name = self.source.kept(
            ("events", selection),
            selection.type,
            lambda name: self._search(selection, name),
            LIST_OF_EVENTS,
            is_own=hangs_on_subject(selection),
        )
        return f"{name}(s)"

    def tested(self) -> Mapping[str, frozenset[str]]:
        """Gives the fields whose values are compared, by event type."""
        return {kind: frozenset(names) for kind, names in self._tested.items()}

    def moment(self, anchor: Anchor) -> str:
        """Gives the text of the moment of an anchor; its value is None before it has happened."""
        if isinstance(anchor, This):
            return "subject_moment(s)"
        if isinstance(anchor, AsOf):
            return "s.now()"
        which = "first_moment" if anchor.which == "first" else "last_moment"
        return f"{which}({self.events(anchor.selection)})"

    def event(self, anchor: EventAnchor) -> str:
        """Gives the text of the event of an anchor; its value is None before it has happened."""
        which = "first_event" if anchor.which == "first" else "last_event"
        return f"{which}({self.events(anchor.selection)})"

    def tests(
        self,
        where: Iterable[FieldTest],
        where_any: Sequence[Iterable[FieldTest]],
        kind: str,
        *,
        event: str = "e",
        fields: str = "e.fields",
    ) -> Tests:
        """Gives the text of all of `where` and one row of `where_any`, of an event's fields.

        `kind` is the event type, `<case>` or `<adult>`.
        """
        before: list[str] = []
        texts = [self._test(one, kind, event, fields, before) for one in where]
        rows = [
            " and ".join([self._test(one, kind, event, fields, before) for one in row]) or "True"
            for row in where_any
        ]
        if rows:
            texts.append("(" + " or ".join([f"({row})" for row in rows]) + ")")
        return Tests(tuple(before), " and ".join(texts))

    def _test(self, test: FieldTest, kind: str, event: str, fields: str, before: list[str]) -> str:
        name = test.field
        if test.test not in (Test.IS_PRESENT, Test.IS_ABSENT):
            self._tested.setdefault(kind, set()).add(name)
        value = f"{event}.{name}" if name in IN_ENVELOPE else f"{fields}.get({name!r})"
        match test.test:
            case Test.ONE_OF:
                return self._is_one_of(value, test, kind)
            case Test.NOT_ONE_OF:
                return f"not {self._is_one_of(value, test, kind)}"
            case Test.IS_PRESENT:
                return f"{value} is not None"
            case Test.IS_ABSENT:
                return f"{value} is None"
            case Test.AT_LEAST | Test.AT_MOST:
                helper = "is_at_least" if test.test is Test.AT_LEAST else "is_at_most"
                return f"{helper}({value}, {test.number or 0})"
            case Test.BEFORE | Test.AFTER:
                helper = "is_date_before" if test.test is Test.BEFORE else "is_date_after"
                return f"{helper}({value}, {self._compared_with(test.moment, before)})"

    def _is_one_of(self, value: str, test: FieldTest, kind: str) -> str:
        codes = sorted(set(test.values))
        if self._may_repeat(kind, test.field):
            return f"has_one_of({value}, {self.source.constant('codes', frozenset(codes))})"
        if len(codes) == 1:
            return f"({value} == {codes[0]!r})"
        return f"({value} in {{{', '.join([repr(one) for one in codes])}}})" if codes else "False"

    def _may_repeat(self, kind: str, name: str) -> bool:
        words = self._vocabulary
        if kind == "<case>":
            fields = words.case
        elif kind == "<adult>":
            fields = words.adult
        else:
            fields = words.events[kind].fields if kind in words.events else {}
        field = fields.get(name)
        return field is None and name not in IN_ENVELOPE or (field is not None and field.may_repeat)

    def _compared_with(self, moment: Moment | Anchor | None, before: list[str]) -> str:
        if isinstance(moment, Moment):
            return self.source.constant("moment", moment)
        assert moment is not None
        if isinstance(moment, This):
            return "subject_moment(s)"
        name = f"d{len(before)}"
        before.append(f"{name} = {self.moment(moment)}")
        return name

    def _search(self, selection: Selection, name: str) -> Sequence[str]:
        """Gives the lines that set `value`."""
        finder = self.source.constant("finder", self.clock.finder(selection))
        is_own = hangs_on_subject(selection)
        shared = without_subject_bounds(selection) if is_own else selection
        is_shared = is_own and not hangs_on_subject(shared)
        from_events = f"s.by_type.get({selection.type!r}, NO_EVENTS)"
        lines = [f"events = {self.events(shared) if is_shared else from_events}"]
        lines += ["if not events:", "    value = NO_EVENTS"]
        lines += [f"elif len(events) > {FEW}:", f"    value = looked_up({finder}, s)"]
        if is_shared:
            bounded = only_subject_bounds(selection)
            return [*lines, "else:", *_indented(self._filtered(bounded, is_cut_off=False))]
        if is_steady(selection):
            lines += ["elif s.horizon is not None:"]
            lines += [f"    value = cut_off({name}, s)"]
        rest = self._filtered(selection, is_cut_off=not is_steady(selection))
        return [*lines, "else:", *_indented(rest)]

    def _filtered(self, selection: Selection, *, is_cut_off: bool) -> Sequence[str]:
        """Gives the lines that set `value` to those of `events` that pass."""
        tests = self.tests(selection.where, selection.where_any, selection.type)
        before, texts = [*tests.before], [tests.text] if tests.text else []
        if selection.refers_to is not None:
            self._tested.setdefault(selection.type, set()).add(selection.refers_to)
            named = f"e.fields.get({selection.refers_to!r})"
            decides = selection.type == DECISION and selection.refers_to == DECIDES_ON
            texts.append(
                f"decides_subject(e, {named}, s)" if decides else f"names_subject({named}, s)"
            )
        if selection.is_other:
            texts.append("e is not s.this")
        anchored: list[str] = []
        if selection.from_subject_day:
            texts.append(_BOUNDS["from_day"].format(at=self._anchored(This(), anchored, before)))
        for key, test in _BOUNDS.items():
            anchor: Anchor | None = getattr(selection, key)
            if anchor is not None:
                texts.append(test.format(at=self._anchored(anchor, anchored, before)))
        if selection.within is not None:
            window = self.source.constant("window", window_test(selection.within, self.clock))
            at = self._anchored(selection.within.anchor, anchored, before)
            texts.append(f"sure({window}(e, s, {at}))")
        if selection.decides_within is not None:
            soon = self.source.constant("soon", speed_test(selection.decides_within, self.clock))
            texts.append(f"sure({soon}(e, s))")
        if is_cut_off:
            texts.append("is_within_view(e, s)")
        for place, later in enumerate(selection.followers):
            before.append(f"later{place} = {self.events(later)}")
            texts.append(f"not has_follower(e, later{place})")
        where = f" if {' and '.join(texts)}" if texts else ""
        found = f"[e for e in events{where}]" if where else "list(events)"
        if not anchored:
            return [*before, f"value = {found}"]
        missing = " or ".join([f"{one} is None" for one in anchored])
        return [*before, f"value = NO_EVENTS if {missing} else {found}"]

    def _anchored(self, anchor: Anchor, anchored: list[str], before: list[str]) -> str:
        name = f"a{len(anchored)}"
        anchored.append(name)
        before.append(f"{name} = {self.moment(anchor)}")
        return name


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {one}" for one in lines]
