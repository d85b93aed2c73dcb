"""Puts conditions, limits, events and fields into words, for explanations and catalogues.

The tests of an event read like the entries of a form: the field before the colon, and after it the
value that it must have. "Filled in" and "empty" are `is_present` and `is_absent`; a `not` also
holds for an empty field (readings 1). Each event type and field has a wording of its own, so that
no distinction is lost; a name that is not listed here is written with spaces for underscores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msp_rules.casework.moments import in_words, iso_date
from msp_rules.rules.language.conditions import (
    AllOf,
    Anchor,
    AnyOf,
    AsOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    Different,
    Due,
    DueAt,
    DueByField,
    DueChosen,
    DueEarliest,
    DueWithin,
    EventAnchor,
    Every,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    NoLimit,
    NoneOf,
    Readable,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    Test,
    This,
    Window,
    WrittenWithin,
    parts,
)
from msp_rules.rules.language.conditions import parts as parts_of
from msp_rules.rules.language.rule import Basis, Citation, Period, Ruleset

_OTHER_NOUNS: Final[Mapping[str, str]] = {
    "calendar": "calendar of that year",
    "ruleset": "number of the ruleset for that day",
}
"""Names what may lack beside a record, where a limit can't be counted."""
EVENT_NOUNS: Final[Mapping[str, str]] = {
    "concern_raised": "concern",
    "immediate_safety_check": "check of immediate safety",
    "outcomes_conversation": "conversation about outcomes",
    "outcome_expressed": "wanted outcome",
    "outcome_revised": "change of a wanted outcome",
    "outcome_reviewed": "review of an outcome",
    "capacity_considered": "consideration of capacity",
    "capacity_assessed": "capacity assessment",
    "best_interests_decided": "best-interests decision",
    "advocacy_considered": "consideration of advocacy",
    "advocate_status": "status of an advocate",
    "advocate_contribution": "contribution of an advocate",
    "views_on_proceeding": "view on going ahead",
    "override_decided": "decision to act without agreement",
    "information_shared": "sharing of information",
    "s42_decided": "decision on the duty to enquire",
    "referrer_feedback": "feedback to whoever raised the concern",
    "enquiry_started": "start of an enquiry",
    "enquiry_planned": "planning of the enquiry",
    "enquiry_caused": "request to another body to enquire",
    "enquiry_reported": "enquiry report",
    "meeting_held": "meeting",
    "contact_with_adult": "contact with the adult",
    "information_given": "giving of information",
    "risk_assessed": "risk assessment",
    "risk_discussed": "discussion of risk",
    "response_decided": "decision on the response",
    "family_group_conference": "offer of a family group conference",
    "plan_made": "safeguarding plan",
    "plan_action": "plan action",
    "no_plan_needed": "record that no plan is needed",
    "plan_reviewed": "review of the plan",
    "oversight": "piece of oversight",
    "partner_involved": "part of another agency",
    "police_referral": "consideration of a police referral",
    "position_of_trust": "consideration of a position of trust",
    "dbs_referral": "consideration of a barring referral",
    "marac_considered": "consideration of a MARAC referral",
    "sar_considered": "consideration of a safeguarding adults review",
    "serious_harm": "serious harm",
    "adult_died": "death of the adult",
    "experience_feedback": "feedback on the experience",
    "grid_position": "position on the wellbeing and safety grid",
    "explanation": "explanation",
    "case_closed": "closure",
    "case_reopened": "reopening",
    "enquiry_concluded": "end of an enquiry",
}
"""The noun for one event of each type, without an article."""

FIELD_LABELS: Final[Mapping[str, str]] = {
    "with": "spoken with",
    "with_is_source": "the one spoken with is the suspected source",
    "interpreter_is_source": "the interpreter is the suspected source",
    "appropriate_person_is_source": "the appropriate person is the suspected source",
    "appropriate_person_paid": "the appropriate person is paid for care",
    "alone": "seen alone",
    "asked": "adult asked",
    "agree": "agreement",
    "adult_agrees": "the adult agrees",
    "adult_agreed": "the adult agreed",
    "text": "the words",
    "document": "linked document",
    "achieved": "how far it was met",
    "view_of": "in whose view",
    "considered": "consideration that it answers",
    "understand": "test of understanding",
    "retain": "test of retaining",
    "weigh": "test of weighing up",
    "communicate": "test of communicating",
    "link_made": "link to the impairment made",
    "consulted": "who was consulted",
    "option": "options",
    "has_needs": "criterion of care and support needs",
    "at_risk": "criterion of abuse or neglect, or its risk",
    "cannot_protect_self": "criterion of being unable to protect themselves",
    "informed": "who was informed",
    "views": "views that it answers",
    "outcome": "outcome that it is about",
    "plan": "plan that it is about",
    "what": "what was shared",
    "how": "how it was shared",
    "basis": "basis of sharing",
    "with_agency": "shared with",
    "not_involved": "why the adult was not involved",
    "participation": "how the adult took part",
    "msp_evidence": "understanding of MSP seen",
    "removed": "removed from their role",
    "earlier_concerns_6_months": "earlier concerns in other cases, six months",
}
"""The label of a field whose name says too little."""


CODE_LABELS: Final[Mapping[str, str]] = {
    "asked_expressed": "asked, something expressed",
    "asked_none_expressed": "asked, nothing expressed",
    "attorney_or_deputy": "attorney or deputy",
    "care_act": "Care Act",
    "care_act_advocate": "Care Act advocate",
    "cannot_be_contacted_in_time": "can't be contacted in time",
    "dont_know": "don't know",
    "financial_material": "financial or material",
    "gp": "GP",
    "health_emotional": "health and emotional",
    "idva": "IDVA",
    "imca": "IMCA",
    "imha": "IMHA",
    "isva": "ISVA",
    "lacks_capacity_best_interests": "lacks capacity, best interests",
    "large_scale": "large-scale",
    "marac_threshold": "MARAC threshold",
    "multi_agency": "multi-agency",
    "neglect_omission": "neglect or omission",
    "nhs_acute": "NHS acute",
    "nhs_community": "NHS community",
    "nhs_led": "NHS-led",
    "no_unsafe": "no, unsafe",
    "organisational_concern_no_individual": "organisational concern, no individual",
    "police_led": "police-led",
    "provider_homecare": "provider, home care",
    "provider_led": "provider-led",
    "provider_residential": "provider, residential",
    "s42": "section 42",
    "s42_enquiry": "section 42 enquiry",
    "self_neglect": "self-neglect",
    "single_agency": "single-agency",
    "social_economic": "social and economic",
}
"""The words for a code that says too little, or lacks a capital, a dash or an apostrophe."""

MOST_CODES: Final = 4
"""If there are more codes than this, only the field is named."""


def fields_in_words(fields: Iterable[str], codes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Names fields as on a form, each with the codes that would do; few of them, or none."""
    words: list[str] = []
    for name in fields:
        known = codes.get(name, ())
        wanted = " or ".join(code_in_words(code) for code in known)
        is_short = 0 < len(known) <= MOST_CODES
        words.append(f"{field_label(name)}: {wanted}" if is_short else field_label(name))
    return tuple(words)


def event_noun(event_type: str) -> str:
    """Names one event of a type, with its article: "a concern"."""
    noun = bare_event_noun(event_type)
    first = noun.split(" ")[0]
    # A letter by itself is spoken by its name: an X letter, but a U form.
    is_spoken_by_name = len(first) == 1 and first in "fhlmnrsx"
    return f"an {noun}" if noun[0] in "aeio" or is_spoken_by_name else f"a {noun}"


def bare_event_noun(event_type: str) -> str:
    """Names one event of a type, without an article."""
    return EVENT_NOUNS.get(event_type) or _OTHER_NOUNS.get(event_type, spaced(event_type))


def field_label(field: str) -> str:
    """Names a field as it might stand on a form."""
    return FIELD_LABELS.get(field, spaced(field))


def spaced(word: str) -> str:
    """Writes a code or name with spaces for its underscores."""
    return word.replace("_", " ")


def code_label(code: str) -> str:
    """Writes a code as a person would."""
    return CODE_LABELS.get(code, spaced(code))


def code_in_words(code: str) -> str:
    """Writes a code as a person would, in quotation marks."""
    return f"“{code_label(code)}”"


def citation_in_words(cite: Citation, ruleset: Ruleset) -> str:
    """Names a place in a source; for one that was not read, also the source that quotes it."""
    words = f"{source_in_words(cite.source, ruleset)}: {cite.at}"
    source = ruleset.cited.get(cite.source)
    if source is None or source.was_read(cite.at):
        return words
    by = "other sources"
    if source.quoted_by is not None:
        by = source_in_words(source.quoted_by, ruleset)
    return f"{words} (as quoted by {by}, not read)"


def source_in_words(source: str, ruleset: Ruleset) -> str:
    """Names a source by its label, or as ruleset.yaml has it."""
    cited = ruleset.cited.get(source)
    label = cited.label if cited is not None else None
    return label if label is not None else ruleset.sources[source]


_LEAST_OF = {AllOf: "all of these", AnyOf: "at least one of these", NoneOf: "none of these"}
_OWNERS = {"this": "this entry", "case": "the case", "adult": "the adult's details"}


def condition_in_words(node: Condition) -> str:
    """Says in one line what a condition asks; its parts are not spelled out."""
    match node:
        case Count():
            return _count(node)
        case Extreme():
            tests = _where(node.where, node.where_any)
            found = selection_in_words(node.selection, with_article=False)
            return f"the {_newest(node.which)} {found}, is one with{tests}"
        case Gap():
            span = f"from {anchor_in_words(node.start)} to {anchor_in_words(node.end)}"
            limit = limit_in_words(node.at_most)
            found = _or(tuple(map(selection_in_words, (node.selection, *node.also))))
            return f"{span}, never more than {limit} without {found}"
        case InOrder():
            earlier, later = _first_of(node.earlier), _first_of(node.later)
            return f"{earlier} is not after {later}, if there is one"
        case Every():
            found = selection_in_words(node.selection, with_article=False)
            words = f"for every {found} (“this entry” here): {_in_one_line(node.has)}"
            if node.or_one_of is None:
                return words
            return f"{words}; or for each that has not: {selection_in_words(node.or_one_of)}"
        case WrittenWithin():
            return f"everything was written down within {limit_in_words(node.limit)} of its day"
        case Readable():
            return "every entry has a kind that is known and a date that can be"
        case AttributeTest():
            return f"{_OWNERS[node.of]}{_where(node.where, ())}"
        case ConceptUse():
            at = f", as seen at {anchor_in_words(node.at)}" if node.at is not None else ""
            return f"{spaced(node.name)}{at}"
        case ExplanationGiven():
            codes = _or(tuple(code_in_words(code) for code in node.codes))
            return f"an explanation of this rule, with its text, and with the code {codes}"
        case ReasonRecorded():
            return f"the reason in {selection_in_words(node.selection)}{_standing(node)}"
        case ReasonInSubject():
            return f"the reason in this entry{_where(node.where, ())}{_standing(node)}"
    return _combination(node)


def _first_of(node: Selection | This) -> str:
    if isinstance(node, This):
        return "this entry"
    return f"the first {selection_in_words(node, with_article=False)}"


def _in_one_line(node: Condition) -> str:
    inner = [_in_one_line(part) for part in parts(node)]
    words = condition_in_words(node)
    return f"{words} ({'; '.join(inner)})" if inner else words


def selection_in_words(selection: Selection, *, with_article: bool = True) -> str:
    """Says which events a selection means."""
    noun = (event_noun if with_article else bare_event_noun)(selection.type)
    parts = [f"{noun}{_where(selection.where, selection.where_any)}"]
    if selection.followers:
        others = (selection_in_words(one, with_article=False) for one in selection.followers)
        parts[0] += f" that no {' and no '.join(others)} followed"
    if selection.is_other:
        parts.append("other than this entry")
    if selection.refers_to is not None:
        parts.append("about this entry")
    if selection.from_subject_day:
        parts.append("on or after the day of this entry")
    for key, words in (
        ("since", "on or after"),
        ("after", "after"),
        ("by", "on or before"),
        ("before", "before"),
        ("from_day", "on or after the day of"),
        ("through_day", "on or before the day of"),
        ("surely_before", "surely before"),
    ):
        anchor: Anchor | None = getattr(selection, key)
        if anchor is not None:
            parts.append(f"{words} {anchor_in_words(anchor)}")
    if selection.decides_within is not None:
        limit = limit_in_words(selection.decides_within)
        parts.append(f"within {limit} of each concern that it decides")
    if selection.within is not None:
        parts.append(_window(selection.within))
    return ", ".join(parts)


def anchor_in_words(anchor: Anchor) -> str:
    """Says which moment an anchor means."""
    match anchor:
        case This():
            return "this entry"
        case AsOf():
            return "the day of the evaluation"
        case EventAnchor():
            found = selection_in_words(anchor.selection, with_article=False)
            return f"the {_newest(anchor.which)} {found}"


def limit_in_words(limit: Limit) -> str:
    """Says a length of time with its unit, and the parameter that holds it."""
    rows = [f"{_with_unit(limit.values[0][1], limit)}"]
    rows += [f"from {iso_date(day)} on {number}" for day, number in limit.values[1:]]
    amount = ", ".join(rows)
    return amount if limit.parameter is None else f"{amount} ({spaced(limit.parameter)})"


def period_in_words(period: Period) -> str:
    """Says for which days a rule is in force."""
    first = f"from {in_words(period.first)} on" if period.first is not None else ""
    last = f"until {in_words(period.last)}" if period.last is not None else ""
    return f"in force for what happened {' and '.join(part for part in (first, last) if part)}"


BASES: Final[Mapping[Basis, str]] = {
    Basis.PUBLISHED: "published",
    Basis.LOCAL: "set by your council",
    Basis.ASSUMED: "assumed by this project; your council may set it",
}
"""The origin of a number, as a worker reads it."""

ASSUMED_FOR_ALL: Final = "assumed by this project"
"""The origin of an assumed number that no council sets."""

_FIXED: Final = "max_temporary_reason"
"""The number that a ruleset has for all its rules: no layer of a council sets it."""


def number_in_words(number: int, unit: str, basis: str, parameter: str = "") -> str:
    """Says a number with its unit, and where it comes from."""
    words = "" if unit == "count" else f" {spaced(unit)}"
    amount = f"{number}{words.removesuffix('s') if number == 1 else words}"
    return f"{amount}: {origin_in_words(Basis(basis), parameter)}"


def origin_in_words(basis: Basis, parameter: str) -> str:
    """Says where a number comes from; only of one that a council can set, that it's theirs to."""
    if parameter == _FIXED and basis is Basis.ASSUMED:
        return ASSUMED_FOR_ALL
    return BASES[basis]


def due_in_words(due: Due | None) -> str:
    """Says when a rule's evidence is due; None is "at once"."""
    match due:
        case DueWithin():
            return f"within {limit_in_words(due.limit)} of {anchor_in_words(due.anchor)}"
        case DueAt():
            return f"on the day of {anchor_in_words(due.anchor)}"
        case DueByField():
            first = f"on the date in “{field_label(due.field)}” of {anchor_in_words(due.anchor)}"
            return (
                first
                if due.otherwise is None
                else f"{first}; without one, {due_in_words(due.otherwise)}"
            )
        case DueEarliest():
            return "the earliest of: " + "; ".join(due_in_words(part) for part in due.of)
        case DueChosen():
            other = due_in_words(due.otherwise) if due.otherwise is not None else "it has not begun"
            return f"{due_in_words(due.then)}, if {whole_condition(due.when)}; else {other}"
        case NoLimit():
            return "at once; evidence counts whenever it came"
    return "at once"


def whole_condition(node: Condition) -> str:
    """Says a condition in one line, with all its parts."""
    inner = () if isinstance(node, ConceptUse) else parts_of(node)
    if not inner:
        return condition_in_words(node)
    return f"{condition_in_words(node)}: [{'] ['.join(whole_condition(part) for part in inner)}]"


def test_in_words(test: FieldTest) -> str:
    """Says one test of one field, as an entry of a form."""
    return f"{field_label(test.field)}: {_tested(test)}"


def _tested(test: FieldTest) -> str:
    codes = _or(tuple(code_in_words(value) for value in test.values))
    match test.test:
        case Test.ONE_OF:
            return codes
        case Test.NOT_ONE_OF:
            return f"not {codes}"
        case Test.IS_PRESENT:
            return "filled in"
        case Test.IS_ABSENT:
            return "empty"
        case Test.AT_LEAST:
            return f"at least {test.number}"
        case Test.AT_MOST:
            return f"at most {test.number}"
    word = "before" if test.test is Test.BEFORE else "after"
    if isinstance(test.moment, This | AsOf | EventAnchor):
        return f"{word} {anchor_in_words(test.moment)}"
    assert test.moment is not None
    return f"{word} {iso_date(test.moment.day)}"


def _count(node: Count) -> str:
    found = selection_in_words(node.selection)
    if node.at_least == 1 and node.at_most is None:
        return found
    if node.at_least is None and node.at_most == 0:
        return f"no {selection_in_words(node.selection, with_article=False)}"
    low = f"at least {node.at_least}" if node.at_least is not None else ""
    high = f"at most {node.at_most}" if node.at_most is not None else ""
    amount = " and ".join(part for part in (low, high) if part)
    if node.plus is not None:
        return f"{amount} times {found}, counted with its “{field_label(node.plus)}”"
    if node.different is Different.DAYS:
        return f"on {amount} different {'day' if amount.endswith(' 1') else 'days'} {found}"
    return f"{amount} times {found}"


def _combination(node: Condition) -> str:
    if isinstance(node, AtLeastNOf):
        return f"at least {node.n} of these"
    return _LEAST_OF[type(node)]


def _newest(which: str) -> str:
    return "newest" if which == "latest" else which


def _with_unit(number: int, limit: Limit) -> str:
    unit = spaced(limit.unit.value)
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"


def _where(tests: tuple[FieldTest, ...], rows: tuple[tuple[FieldTest, ...], ...]) -> str:
    parts = [test_in_words(test) for test in tests]
    if rows:
        choices = ["; ".join(test_in_words(test) for test in row) for row in rows]
        parts.append(choices[0] if len(rows) == 1 else " or else ".join(f"[{c}]" for c in choices))
    return f" ({'; '.join(parts)})" if parts else ""


def _window(window: Window) -> str:
    limit, anchor = limit_in_words(window.limit), anchor_in_words(window.anchor)
    return f"in the {limit} up to {anchor}" if window.is_backward else f"within {limit} of {anchor}"


def _standing(node: ReasonRecorded | ReasonInSubject) -> str:
    needs = ", ".join(f"“{field_label(name)}”" for name in node.needs)
    words = f", with {needs} filled in" if needs else ""
    if node.standing is not None:
        return f"{words}, until the date in “{field_label(node.standing)}”"
    if node.stands_for is not None:
        return f"{words}, for {limit_in_words(node.stands_for)}"
    return words


def _or(values: tuple[str, ...]) -> str:
    return " or ".join(values)
