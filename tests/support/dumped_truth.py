"""Dumps cases of a canonical export as four kinds of systems would: one truth in many shapes.

The dumps hold no ids of events and no references between them: those are what a mapping makes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary

CONCERN, DECISION, ENQUIRY, CONTACT, CLOSURE = (
    "Adult Safeguarding Concern",
    "Adult Safeguarding Decision",
    "Adult Safeguarding Enquiry",
    "Adult Contact",
    "Adult Safeguarding Closure",
)
STAGES: Final = {
    **dict.fromkeys(("s42_decided", "advocacy_considered", "referrer_feedback"), DECISION),
    **dict.fromkeys(("case_closed", "outcome_reviewed", "experience_feedback"), CLOSURE),
    "grid_position": CLOSURE,
    "contact_with_adult": CONTACT,
    **dict.fromkeys(("enquiry_started", "enquiry_planned", "response_decided"), ENQUIRY),
    **dict.fromkeys(("meeting_held", "enquiry_reported", "plan_made", "plan_action"), ENQUIRY),
    **dict.fromkeys(("plan_reviewed", "oversight"), ENQUIRY),
}
"""The form on which an event is written down; what is not named is on that of the concern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthEvent:
    """An event that happened."""

    type: str
    at: datetime
    values: dict[str, tuple[str, ...]]

    @property
    def stage(self) -> str:
        """The form on which it is written down."""
        return STAGES.get(self.type, CONCERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthCase:
    """A case as it was."""

    id: str
    team: str
    person: str
    events: tuple[TruthEvent, ...]


def truth_in(path: Path) -> list[TruthCase]:
    """Reads the cases of a canonical export, references left out."""
    namespace = "{urn:msp-rules:case-export:1}"
    return [
        TruthCase(
            id=case.get("id", ""),
            team=case.get("team", ""),
            person=case.findall(f"{namespace}adult")[0].get("ref", ""),
            events=tuple(_event(one) for one in case if one.tag != f"{namespace}adult"),
        )
        for case in etree.parse(path).getroot().iter(f"{namespace}case")
    ]


def _event(element: etree._Element) -> TruthEvent:
    name = etree.QName(element).localname
    values: dict[str, tuple[str, ...]] = {}
    for child in element:
        field = _field(name, etree.QName(child).localname)
        if field.kind is not FieldKind.REF:
            values[field.name] = (*values.get(field.name, ()), _label(field, child.text or ""))
    at = datetime.fromisoformat(element.get("occurred", ""))
    return TruthEvent(type=name, at=at, values=values)


def _field(name: str, field: str) -> Field:
    return core_vocabulary().events[name].fields[field]


def _label(field: Field, text: str) -> str:
    return label_of(text) if field.codes else text


def label_of(code: str) -> str:
    """Gives the label of a code in all these systems: not_asked is "Not asked"."""
    return code.replace("_", " ").capitalize()


def _places(cases: Iterable[TruthCase]) -> dict[tuple[str, str], None]:
    """Gives each type with each of its fields, and with an empty name for its date, as found."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        for event in case.events:
            found.setdefault(event.type, {"": None}).update(dict.fromkeys(event.values))
    return {(name, field): None for name, fields in found.items() for field in fields}


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(text)}" for name, text in values.items() if text)


# Row sets, as FOR XML RAW writes them: no row is the case.


def code_of_question(event: str, field: str) -> str:
    """Gives the code of a question on a form, as outcomesConversationAsked."""
    first, *others = f"{event}_{field or 'date'}".split("_")
    return first + "".join(word.capitalize() for word in others)


def as_row_sets(cases: list[TruthCase]) -> str:
    """Dumps persons, steps of workflows, and answers to questions in rows of their own."""
    people = sorted({case.person for case in cases})
    sets: dict[str, list[str]] = {"Persons": [], "WorkflowSteps": [], "FormAnswers": []}
    sets["Persons"] += [f"<row{_attributes({'PERSON_ID': one})}/>" for one in people]
    step = 880_000
    for number, case in enumerate(cases, 61_000):
        for stage, events in _steps(case):
            step += 7
            started = min(event.at for event in events).isoformat()
            keys = {"WORKFLOW_STEP_ID": str(step), "WORKFLOW_ID": str(number)}
            more = {
                "SUBJECT_COMPOUND_ID": case.person,
                "STEP_TYPE": stage,
                "STARTED_ON": started,
                "TEAM": case.team,
            }
            sets["WorkflowSteps"].append(f"<row{_attributes(keys | more)}/>")
            for event in events:
                sets["FormAnswers"] += [
                    f"<row{_attributes(keys | answer)}/>" for answer in _answers(event)
                ]
    body = "".join(
        f"<{name}>\n" + "\n".join(rows) + f"\n</{name}>\n" for name, rows in sets.items()
    )
    root = "SafeguardingExtract"
    return f'<{root} ExtractDate="2026-03-31T23:59:00.000">\n{body}</{root}>\n'


def _steps(case: TruthCase) -> Iterator[tuple[str, list[TruthEvent]]]:
    """Gives the steps of a workflow; each contact is one of its own."""
    stages = list(dict.fromkeys(event.stage for event in case.events))
    for stage in stages:
        events = [event for event in case.events if event.stage == stage]
        if stage == CONTACT:
            yield from ((stage, [event]) for event in events)
        else:
            yield stage, events


def _answers(event: TruthEvent) -> Iterator[dict[str, str]]:
    date = {"QUESTION_USER_CODE": code_of_question(event.type, "")}
    yield date | {"DATE_ANSWER": event.at.isoformat()}
    for name, values in event.values.items():
        column = {FieldKind.TEXT: "LONG_TEXT_ANSWER", FieldKind.DATE: "DATE_ANSWER"}.get(
            _field(event.type, name).kind, "LOOKUP_ANSWER"
        )
        for value in values:
            yield {"QUESTION_USER_CODE": code_of_question(event.type, name), column: value}


# One wide table, with a title and a total, as a report is saved.


def column_of(event: str, field: str, number: int = 1) -> str:
    """Gives the name of a column, as "Contact with adult 2: method"."""
    which = f" {number}" if number > 1 else ""
    return f"{label_of(event)}{which}: {label_of(field or 'date').lower()}"


def as_wide_table(cases: list[TruthCase]) -> str:
    """Dumps one row a case, with a column for each date and answer; lists in one cell."""
    rows = [_cells(case) for case in cases]
    names = dict.fromkeys(
        column_of(name, field, number)
        for number in (1, 2)
        for name, field in _places(cases)
        if number == 1 or name == "contact_with_adult"
    )
    columns = ["Episode", "Person ID", "Team", *names]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Safeguarding activity, all teams"])
    writer.writerow([])
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    writer.writerow([f"Total: {len(rows)}"])
    return out.getvalue()


def _cells(case: TruthCase) -> dict[str, str]:
    cells = {"Episode": case.id, "Person ID": case.person, "Team": case.team}
    for name, group in groupby(sorted(case.events, key=_type_of), key=_type_of):
        for number, event in enumerate(group, 1):
            cells[column_of(name, "", number)] = f"{event.at:%d/%m/%Y %H:%M}"
            for field, values in event.values.items():
                cells[column_of(name, field, number)] = "; ".join(values)
    return cells


def _type_of(event: TruthEvent) -> str:
    return event.type


# Groups within groups, as a reporting server writes them.


def as_report(cases: list[TruthCase]) -> str:
    """Dumps persons, in them episodes, in them activities with numbered values."""
    numbers: dict[str, dict[str, int]] = {}
    for name, field in _places(cases):
        of_type = numbers.setdefault(name, {})
        of_type[field] = len(of_type)
    people = []
    for person, group in groupby(sorted(cases, key=_person_of), key=_person_of):
        episodes = []
        for case in group:
            details = "".join(_details(event, numbers[event.type]) for event in case.events)
            own = _attributes({"Episode_Ref": case.id, "Team": case.team})
            episodes.append(
                f"<Episode{own}><Details_Collection>\n{details}</Details_Collection></Episode>\n"
            )
        inside = f"<Episode_Collection>\n{''.join(episodes)}</Episode_Collection>"
        people.append(f'<Person Person_ID="{person}" Textbox31="n episode(s)">{inside}</Person>\n')
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<Report xmlns="Activity" Name="Activity" textbox12="Report run: 31/03/2026 06:00:00">'
        f'<Tablix1 textbox7="All teams"><Person_Collection>\n{"".join(people)}'
        "</Person_Collection></Tablix1></Report>\n"
    )


def _details(event: TruthEvent, numbers: dict[str, int]) -> str:
    values = {
        "Activity_Type": label_of(event.type),
        "Activity_Date": f"{event.at:%d/%m/%Y %H:%M:%S}",
        **{f"Value{numbers[field]}": "; ".join(one) for field, one in event.values.items()},
    }
    return f"<Details{_attributes(values)} />\n"


def _person_of(case: TruthCase) -> str:
    return case.person


# Elements only, with cursors within cursors.


def as_cursors(cases: list[TruthCase]) -> str:
    """Dumps persons, episodes, forms and answers as elements; a row's number is its position."""
    numbers = {place: number for number, place in enumerate(_places(cases), 1)}
    rows = []
    for person, group in groupby(sorted(cases, key=_person_of), key=_person_of):
        episodes = _cursor(
            "EPISODES",
            [
                _element("EPISODE_REF", case.id)
                + _element("TEAM", case.team)
                + _cursor("FORMS", [_form(*step, numbers) for step in _steps(case)])
                for case in group
            ],
        )
        rows.append(_element("PERSON_ID", person) + episodes)
    inside = "".join(f'<ROW num="{at}">\n{row}</ROW>\n' for at, row in enumerate(rows, 1))
    return f'<?xml version="1.0"?>\n<ROWSET>\n{inside}</ROWSET>\n'


def _cursor(name: str, rows: list[str]) -> str:
    inside = "".join(
        f'<{name}_ROW num="{at}">\n{row}</{name}_ROW>\n' for at, row in enumerate(rows, 1)
    )
    return f"<{name}>\n{inside}</{name}>\n"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>\n"


def _form(stage: str, events: list[TruthEvent], numbers: dict[tuple[str, str], int]) -> str:
    answers = [
        _element("QUESTION_NO", str(numbers[event.type, field]))
        + _element("QUESTION_TEXT", column_of(event.type, field))
        + _element("ANSWER", text)
        for event in events
        for field, text in [
            ("", f"{event.at:%d-%b-%Y %H:%M}".upper()),
            *((field, text) for field, texts in event.values.items() for text in texts),
        ]
    ]
    return _element("FORM_NAME", stage) + _cursor("ANSWERS", answers)


SHAPES: Final[dict[str, Callable[[list[TruthCase]], str]]] = {
    "row-sets": as_row_sets,
    "wide-table": as_wide_table,
    "report": as_report,
    "cursors": as_cursors,
}
"""The shapes, by name."""
