"""Writes what conditions answer of a clear record: whether they hold, by what, and what is missing.

Each verb has one text for each of the three. A verb, or a form of one, that has none here is asked
of its object, and a reason always is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msp_rules.engine.combinations import Combination
from msp_rules.engine.compiled import Compiled, record_of
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.selections import hangs_on_subject, is_steady
from msp_rules.engine.straight.helpers import AttributesMissing, Joined
from msp_rules.engine.straight.selections_text import IN_ENVELOPE, LIST_OF_EVENTS, SelectionWriter
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    Different,
    EventAnchor,
    Every,
    ExplanationGiven,
    Extreme,
    InOrder,
    NoneOf,
    Readable,
    ReasonRecorded,
    Selection,
    This,
    WrittenWithin,
    anchors,
    walk,
)

DEEPEST: Final = 12
"""Conditions nested deeper than this are asked of their objects: no parser takes them as text."""


class ConditionWriter:
    """Writes the conditions of one rule."""

    def __init__(self, selections: SelectionWriter, conditions: ConditionCompiler) -> None:
        self.selections = selections
        self.source = selections.source
        self.conditions = conditions
        self._joined: dict[Combination, Joined] = {}
        self._attributes_known: dict[Compiled, AttributesMissing] = {}
        self._depth = 0

    def holds(self, node: Condition) -> str:
        """Gives the text of whether a condition holds; what is empty does not."""
        if self._depth >= DEEPEST:
            return self._asked(node)
        self._depth += 1
        text = self._holds(node)
        self._depth -= 1
        return text

    def _holds(self, node: Condition) -> str:
        match node:
            case Count():
                return self._counted(node)
            case Extreme():
                return self._newest_passes(node)
            case AttributeTest():
                return self._attributes(node)
            case ConceptUse(at=None):
                return self._concept(node)
            case AllOf():
                return self._nested(node.of, " and ", "True")
            case AnyOf():
                return self._nested(node.of, " or ", "False")
            case NoneOf():
                return f"(not {self._nested(node.of, ' or ', 'False')})"
            case Readable():
                return "True"  # otherwise the record would not be clear
            case InOrder():
                return f"is_in_order({self._first(node.earlier)}, {self._first(node.later)})"
            case Every():
                return f"(len({self._lacking(node)}) <= {self._others(node)})"
            case WrittenWithin():
                lines = [f"value = not written_late(s, {self._object(node)})"]
                return self._kept(node, "written in time", lines, is_own=False)
            case ExplanationGiven():
                return f"({self._may_be_explained()} and {self._asked(node)})"
            case ReasonRecorded():
                return f"({self.selections.events(node.selection)} and {self._asked(node)})"
            case _:
                return self._asked(node)

    def events(self, node: Condition) -> str:
        """Gives the text of the events by which a condition holds, where it does."""
        if self._depth >= DEEPEST:
            return f"({self._object(node)}.evidence(s) or NO_EVENTS)"
        self._depth += 1
        text = self._events(node)
        self._depth -= 1
        return text

    def _events(self, node: Condition) -> str:
        match node:
            case Count():
                at_most = node.at_least is None
                return "NO_EVENTS" if at_most else self.selections.events(node.selection)
            case Extreme():
                newest = "newest_of" if node.which == "latest" else "oldest_of"
                return f"{newest}({self.selections.events(node.selection)})"
            case AttributeTest():
                return "subject_alone(s)" if node.of == "this" else "NO_EVENTS"
            case ConceptUse(at=None):
                return self.events(node.condition)
            case AllOf():
                return self._together([self.events(part) for part in node.of])
            case AnyOf() | AtLeastNOf():
                return self._together([self._events_if_it_holds(part) for part in node.of])
            case NoneOf() | Readable() | WrittenWithin():
                return "NO_EVENTS"
            case InOrder():
                some = [one for one in (node.earlier, node.later) if isinstance(one, Selection)]
                return self._together([f"oldest_of({self.selections.events(one)})" for one in some])
            case Every():
                return self._every_event(node)
            case _:
                return f"({self._object(node)}.evidence(s) or NO_EVENTS)"

    def missing(self, node: Condition) -> str:
        """Gives the text of the smallest record that would make a condition hold."""
        if self._depth >= DEEPEST:
            return f"{self._object(node)}.missing(s)"
        self._depth += 1
        text = self._missing(node)
        self._depth -= 1
        return text

    def _missing(self, node: Condition) -> str:
        match node:
            case Count():
                return f"(() if {self.holds(node)} else {self._more_of(node)})"
            case AttributeTest(of="this"):
                return self._attributes_missing(node)
            case InOrder():
                wanted = "None"
                if isinstance(node.earlier, Selection):
                    wanted = (
                        f"({self._wanted(node)} if {self._first(node.earlier)} is None else None)"
                    )
                return f"(() if {self.holds(node)} else {wanted})"
            case WrittenWithin():
                return f"(() if {self.holds(node)} else None)"
            case Every():
                return f"(() if {self.holds(node)} else {self._every_missing(node)})"
            case Extreme():
                wanted = self._if_it_can_be(node.selection, self._wanted(node))
                return f"(() if {self.holds(node)} else {wanted})"
            case ConceptUse(at=None):
                return self.missing(node.condition)
            case AllOf() | AnyOf() | AtLeastNOf():
                combination = self.conditions.compile(node)
                assert isinstance(combination, Combination)
                joined = self._joined.setdefault(combination, Joined(combination))
                ways = ", ".join([self.missing(part) for part in node.of])
                return f"{self.source.constant('joined', joined)}(({ways},))"
            case NoneOf():
                return f"(() if {self.holds(node)} else None)"
            case _:
                return f"{self._object(node)}.missing(s)"

    def _wanted(self, node: Condition) -> str:
        """Gives the name of the record that its object wants where there is none."""
        return self.source.constant("way", self.conditions.compile(node).wanted)

    def _object(self, node: Condition) -> str:
        return self.source.constant("condition", self.conditions.compile(node))

    def _asked(self, node: Condition) -> str:
        return f"sure({self._object(node)}.term(s))"

    def _first(self, node: Selection | This) -> str:
        if isinstance(node, This):
            return "subject_moment(s)"
        return f"first_moment({self.selections.events(node)})"

    def _may_be_explained(self) -> str:
        rule_id, rule_ids = self.conditions.reasons.rule_id, self.conditions.reasons.rule_ids
        ids = self.source.constant("rule_ids", rule_ids)
        named = self._kept(
            ("explained", rule_ids),
            "rules explained",
            [f"value = rules_explained(s, {ids})"],
            is_own=False,
            gives="frozenset[str]",
        )
        return f"({rule_id!r} in {named})"

    def _inner(self, node: Every) -> ConditionWriter:
        return ConditionWriter(self.selections, self.conditions.about(node.selection.type))

    def _whose(self, node: Every) -> str:
        """Gives the rule whose explanations a condition accepts; empty where it names none."""
        names_rule = any(isinstance(part, ExplanationGiven) for part in walk(node.has))
        return self.conditions.reasons.rule_id if names_rule else ""

    def _lacking(self, node: Every) -> str:
        """Gives the text of the events that don't fulfil a condition."""
        inner = self._inner(node)
        has = self.source.function(
            ("has", node, self._whose(node)),
            f"{node.selection.type} has",
            lambda _: [f"return {inner.holds(node.has)}"],
        )
        events = self.selections.events(node.selection)
        lines = [f"value = [e for e in {events} if not {has}(about_event(e, s))]"]
        is_own = hangs_on_subject(node.selection)
        stem = f"{node.selection.type} lacking"
        return self._kept(
            ("lacking", node, self._whose(node)), stem, lines, is_own=is_own, gives=LIST_OF_EVENTS
        )

    def _others(self, node: Every) -> str:
        return "0" if node.or_one_of is None else f"len({self.selections.events(node.or_one_of)})"

    def _every_event(self, node: Every) -> str:
        """Gives the text of the events by which each event fulfils a condition, or is made up."""
        inner = self._inner(node)
        behind = self.source.function(
            ("behind", node, self._whose(node)),
            f"{node.selection.type} behind",
            lambda _: [f"return {inner._events_if_it_holds(node.has)}"],
            LIST_OF_EVENTS,
        )
        events = self.selections.events(node.selection)
        texts = [events]
        if node.or_one_of is not None:
            others = self.selections.events(node.or_one_of)
            texts.append(f"({others} if {self._lacking(node)} else NO_EVENTS)")
        texts.append(f"[b for e in {events} for b in {behind}(about_event(e, s))]")
        return self._together(texts)

    def _every_missing(self, node: Every) -> str:
        inner = self._inner(node)
        missing = self.source.function(
            ("missing", node, self._whose(node)),
            f"{node.selection.type} missing",
            lambda _: [f"return {inner.missing(node.has)}"],
            "Way",
        )
        record = () if node.or_one_of is None else (record_of(node.or_one_of),)
        name = self.source.constant("record", record)
        return f"every_missing({self._lacking(node)}, {self._others(node)}, {missing}, {name}, s)"

    def began(self, node: Condition | None) -> str | None:
        """Gives the text of when a condition that holds first did; None where that is not plain."""
        match node:
            case None | Readable():
                return "first_of_record(s)"
            case Count(at_least=1, at_most=None, plus=None) if is_steady(node.selection):
                return self._first(node.selection)
            case _:
                return None

    def _attributes_missing(self, node: AttributeTest) -> str:
        """Gives the text of what the subject lacks, worked out once for each set of its facts."""
        kind = self.conditions.subject_type or ""
        facts: list[str] = []
        for one in node.where:
            tests = self.selections.tests((one,), (), kind, event="s.this", fields="s.this.fields")
            if tests.before or one.field in IN_ENVELOPE:
                return f"{self._object(node)}.missing(s)"
            facts += [tests.text, f"{one.field!r} in s.this.fields"]
        condition = self.conditions.compile(node)
        known = self._attributes_known.setdefault(condition, AttributesMissing(condition))
        name = self.source.constant("attributes", known)
        missing = f"{name}(({', '.join(facts)},), s)"
        return f"({missing} if s.this is not None else {self._object(node)}.missing(s))"

    def _counted(self, node: Count) -> str:
        events = self.selections.events(node.selection)
        if node.at_least == 1 and node.at_most is None and node.plus is None:
            return events  # as quickly asked as counted
        if node.at_least is None and node.at_most == 0 and node.plus is None:
            return f"(not {events})"
        number = _number(node, events)
        least = "" if node.at_least is None else f"{node.at_least} <= "
        most = "" if node.at_most is None else f" <= {node.at_most}"
        return f"({least}{number}{most})"

    def _more_of(self, node: Count) -> str:
        """Gives the text of what is missing where there are too few events, or too many."""
        if node.at_least is None and node.at_most == 0:
            selection = self.source.constant("selection", node.selection)
            return f"amended({self.selections.events(node.selection)}, {selection})"
        if node.at_most is not None or node.at_least is None:
            return "None"
        wanted = self._wanted(node)
        if node.at_least > 1 and node.plus is None:
            have = _number(node, self.selections.events(node.selection))
            wanted = f"{wanted} * max(1, {node.at_least} - {have})"
        return self._if_it_can_be(node.selection, wanted)

    def _if_it_can_be(self, selection: Selection, wanted: str) -> str:
        """Gives the text of a record, or of None where its bounds have not happened yet."""
        needed = ["s.this is not None"] if selection.from_subject_day else []
        for anchor in anchors(selection):
            if isinstance(anchor, EventAnchor):
                needed.append(self.selections.events(anchor.selection))
            elif isinstance(anchor, This):
                needed.append("s.this is not None")
        return (
            f"({wanted} if {' and '.join(dict.fromkeys(needed))} else None)" if needed else wanted
        )

    def _newest_passes(self, node: Extreme) -> str:
        selection = node.selection
        found = f"{'newest_of' if node.which == 'latest' else 'oldest_of'}"
        found += f"({self.selections.events(selection)})"
        tests = self.selections.tests(node.where, node.where_any, selection.type)
        return self._kept(
            ("newest", node),
            f"{node.which} {selection.type}",
            [*tests.before, f"value = any([{tests.text or 'True'} for e in {found}])"],
            is_own=self.conditions.compile(node).is_own,
        )

    def _kept(
        self,
        key: object,
        stem: str,
        lines: Sequence[str],
        *,
        is_own: bool,
        gives: str = "bool",
    ) -> str:
        """Gives the text of a call that works a value out once; `lines` set it."""
        return f"{self.source.kept(key, stem, lambda _: lines, gives, is_own=is_own)}(s)"

    def _attributes(self, node: AttributeTest) -> str:
        if node.of != "this":
            if any(one.field in IN_ENVELOPE for one in node.where):
                return self._asked(node)
            fields = "s.case.attributes" if node.of == "case" else "s.case.adult"
            tests = self.selections.tests(node.where, (), f"<{node.of}>", fields=fields)
            return f"({tests.text or 'True'})" if not tests.before else self._asked(node)
        kind = self.conditions.subject_type or ""
        tests = self.selections.tests(node.where, (), kind, event="s.this", fields="s.this.fields")
        if tests.before:
            return self._asked(node)
        return f"(s.this is not None and {tests.text or 'True'})"

    def _concept(self, node: ConceptUse) -> str:
        lines = [f"value = bool({self.holds(node.condition)})"]
        return self._kept(("concept", node.name), f"is {node.name}", lines, is_own=False)

    def _nested(self, parts: Sequence[Condition], word: str, nothing: str) -> str:
        return f"({word.join([self.holds(part) for part in parts]) or nothing})"

    def _events_if_it_holds(self, node: Condition) -> str:
        events = self.events(node)
        if events == "NO_EVENTS" or events == self.holds(node):
            return events
        return f"({events} if {self.holds(node)} else NO_EVENTS)"

    @staticmethod
    def _together(events: Sequence[str]) -> str:
        some = [one for one in dict.fromkeys(events) if one != "NO_EVENTS"]
        if len(some) < 2:
            return some[0] if some else "NO_EVENTS"
        return f"[{', '.join([f'*{one}' for one in some])}]"


def _number(node: Count, events: str) -> str:
    if node.plus is not None:
        return f"sum_up_to({events}, {node.plus!r})"
    if node.different is Different.DAYS:
        return f"number_of_days({events})"
    return f"len({events})"
