"""Forms of an invented host, as its wide report and its JSON: one row or one object a workflow.

All words are invented. Questions are whole sentences with what people type into forms: strokes,
full stops (which the report writes as entities), blanks at their ends, a bracket, a name twice.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

WIDTH: Final = 111
"""The columns of each report, most of which no mapping reads."""
_OWN: Final = ("id", "kind", "formCode", "personKey")
_TIMES: Final = ("begunAt", "sentAt", "signedAt", "droppedAt", "touchedAt")
WORRY: Final = {
    "day": ("First contact", "On which day did the worry reach us?"),
    "teller": ("First contact", "Who told us / in which role? "),
    "other": ("First contact", " If somebody else, who"),
    "worries": ("Worries", "What are the worries (one by one)"),
    "others": ("Worries", "Is anybody else in the home at risk?"),
    "wish": ("Worries", "What would the person like to happen"),
    "agrees": ("Say", "Does the person agree to this worry being looked at?"),
    "agreed_on": ("Say", "Day of the answer"),
    "agreed_again": ("Say", "Day of the answer"),
    "result": ("First look", "Result of the first look, under s&period;42"),
    "met": ("First look", "Are all tests met:"),
    "unmet": ("First look", "]Which tests are not met"),
    "helpers": ("First look", "Who helps the person\u2019s household"),
}
ENQUIRY: Final = {
    "asked": ("Wishes", "Was the person (or who speaks for them) asked what they want?"),
    "reached": ("Wishes", "Was it reached?"),
    "reached_other": ("Wishes", "Was it reached, in other words"),
    "steps": ("Plan", "Which steps follow"),
    "jobs": ("Plan", "Who does what by when"),
    "risk": ("Close", "What became of the risk "),
    "risk_again": ("Close", "What became of the risk "),
}
_QUESTIONS: Final = {"worry": WORRY, "enquiry": ENQUIRY}
_START: Final = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 - the clock of an invented host


def _worry(number: int, person: str, days: float, **more: Any) -> dict[str, Any]:
    day = (_START + timedelta(days=days)).date().isoformat()
    answers = {
        "day": day,
        "teller": "Police",
        "worries": [{"Sort": "Neglect", "Where": "Home"}, {"Sort": "Money", "Where": "Home"}],
        "others": [{"Name": "x"}] if number == 1 else [],
        "agrees": "Yes",
        **{"agreed_on": day, "agreed_again": day, "result": "Enquiry", "met": "Yes"},
        "helpers": ["Neighbour", "Paid carer"],
        **more.pop("answers", {}),
    }
    return _flow(f"w{number}", "worry", person, days, answers, more)


def _enquiry(number: int, person: str, days: float, **more: Any) -> dict[str, Any]:
    answers = {
        **{"asked": "Yes, and they said", "reached": "In part", "risk": "Smaller "},
        "risk_again": "Smaller ",
        "steps": ["Look in more often", "MARAC"],
        "jobs": [{"Job": "ring", "By": "x"}, {"Job": "visit"}, {"Job": ""}],
        **more.pop("answers", {}),
    }
    return _flow(f"e{number}", "enquiry", person, days, answers, more)


def _flow(
    name: str, form: str, person: str, days: float, answers: dict[str, Any], more: dict[str, Any]
) -> dict[str, Any]:
    begun = _START + timedelta(days=days)
    sent = begun + timedelta(hours=2)
    own = {"id": name, "kind": "Assessment", "formCode": form, "personKey": person}
    times = {"begunAt": begun, "sentAt": sent, "signedAt": None, "droppedAt": None}
    return {**own, **times, "touchedAt": sent, "answers": answers, **more}


_AGREED: Final = ("agreed_on", "agreed_again")
_SPOKE_TO_NOBODY: Final = {"asked": "Nobody to ask", "reached": ""}
FLOWS: Final = [
    _worry(1, "P1", 0, answers={"wish": "to stay"}),
    _worry(
        2, "P1", 0.2, answers={"result": "None", "met": "No", "unmet": ["No need", "Not at risk"]}
    ),
    _worry(3, "P1", 9, answers={"teller": "", "other": "A shopkeeper", "helpers": ["Neighbour"]}),
    _enquiry(1, "P1", 12, signedAt=_START + timedelta(days=40)),
    _worry(4, "P2", 1, droppedAt=_START + timedelta(days=2)),
    _worry(
        5,
        "P2",
        3,
        sentAt=None,
        answers={"day": "", "agrees": "", "agreed_on": "", "agreed_again": ""},
    ),
    _enquiry(
        2, "P3", 20, answers={"asked": "Nobody to ask", "reached": "", "reached_other": "Fully"}
    ),
    _worry(6, "P4", -900, kind="Old system"),
]


def write_report(folder: Path) -> None:
    """Writes the wide reports of both forms, and a table that nothing reads."""
    folder.mkdir()
    for form, questions in _QUESTIONS.items():
        names = [f"answers.{step}.{name}" for step, name in questions.values()]
        filler = WIDTH - len(_OWN) - len(_TIMES) - len(names)
        empty = [
            f"answers.More.Is there more to be said about matter no&period; {n}? "
            for n in range(filler)
        ]
        with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*_OWN, *_TIMES, *names, *empty])
            for one in FLOWS:
                if one["formCode"] == form:
                    cells = [_cell(one["answers"].get(key, "")) for key in questions]
                    times = [_clock(one[name]) for name in _TIMES]
                    writer.writerow(
                        [*(one[name] for name in _OWN), *times, *cells, *("",) * filler]
                    )
    (folder / "reviews.csv").write_text("id,personKey\nr1,P1\n", "utf-8")


def _cell(answer: Any) -> str:
    return json.dumps(answer) if isinstance(answer, list) else str(answer)


def _clock(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"{moment:%b} {moment.day}, {moment:%Y, %I:%M:%S}:0 {moment:%p}"


def write_json(path: Path) -> None:
    """Writes the same workflows as the host itself holds them."""
    document: list[Mapping[str, Any]] = []
    for one in FLOWS:
        answers: dict[str, dict[str, Any]] = {}
        for key, answer in one["answers"].items():
            step, name = _QUESTIONS[one["formCode"]][key]
            answers.setdefault(step, {})[html.unescape(name)] = answer
        times = {name: one[name] and f"{one[name]:%Y-%m-%dT%H:%M:%S}.000Z" for name in _TIMES}
        own = {name: one[name] for name in _OWN}
        more = {"resident": {"age": 80}, "revisions": [{"answers": {"x": 1}}]}
        document.append({**own, **times, **more, "answers": answers})
    path.write_text(json.dumps(document), "utf-8")


_MAPPING: Final = """\
schema: msp-rules/mapping/1
name: Invented host
source: <source>
time_zone: Etc/UTC
codes:
  who: {labels: {Police: police}, unknown: fault}
  else: {labels: {A shopkeeper: public}, unknown: fault}
  sort: {labels: {Neglect: neglect_omission, Money: financial_material}, unknown: fault}
  agree: {labels: {"Yes": "yes", "No": "no"}, unknown: fault}
  result: {labels: {Enquiry: s42_enquiry, "None": no_enquiry}, unknown: fault}
  paid: {labels: {Paid carer: "yes", Neighbour: "no"}, unknown: fault}
  asked: {labels: {"Yes, and they said": asked_expressed, Nobody to ask: not_asked}, unknown: fault}
  reached: {labels: {In part: partial}, unknown: fault}
  reached_other: {labels: {Fully: full}, unknown: fault}
  risk: {labels: {Smaller: reduced}, unknown: fault}
case: {by: personKey, id: personKey, joins: [<joins>]}
adult: {ref: personKey}
rows:
  - record: <of worry>
    leave_out: {kind: Old system}
    void: {droppedAt: present}
    replaces:
      same: [personKey, <day>, <teller>]
      newest: <begunAt>
      when: {formCode: worry}
events:
  - event: concern_raised
    record: <of worry>
    when: [{path: formCode, is: worry}]
    id: {path: id, suffix: -c}
    occurred: {first: [<day>, <sentAt>, <touchedAt>]}
    fields:
      source: {first: [{path: <teller>, codes: who}, {path: <other>, codes: else}]}
      abuse_type: {items: <worries>, part: Sort, codes: sort}
      others_at_risk:
        first:
          - {constant: "yes", when: [{path: <others>, part: Name, is: present}]}
          - {constant: "no"}
      source_is_paid_or_volunteer:
        {items: <helpers>, part: ., codes: paid, precedence: ["yes", "no"]}
  - event: views_on_proceeding
    record: <of worry>
    when: [{path: formCode, is: worry}, {path: <agreed_on>, is: present}]
    id: {path: id, suffix: -v}
    occurred: <agreed_on>
    fields: {agree: {path: <agrees>, codes: agree}}
  - event: s42_decided
    record: <of worry>
    when: [{path: formCode, is: worry}, {path: <result>, is: present}]
    id: {path: id, suffix: -d}
    occurred: {first: [<sentAt>, <touchedAt>]}
    fields:
      result: {path: <result>, codes: result}
      concern: {path: id, suffix: -c}
      has_needs:
        first:
          - {constant: met, when: [{path: <met>, is: "Yes"}]}
          - {constant: not_met, when: [{path: <unmet>, part: ., is: No need}]}
  - event: outcome_expressed
    record: <of worry>
    when: [{path: formCode, is: worry}, {path: <wish>, is: present}]
    supplied: partly
    id: {path: id, suffix: -o}
    occurred: <sentAt>
    fields: {text: <wish>}
  - event: outcomes_conversation
    record: <of enquiry>
    when: [{path: formCode, is: enquiry}]
    supplied: {<an enquiry>: present}
    id: {path: id, suffix: -a}
    occurred: <sentAt>
    fields: {asked: {path: <asked>, codes: asked}}
  - event: outcome_reviewed
    record: <of enquiry>
    when: [{path: formCode, is: enquiry}]
    id: {path: id, suffix: -r}
    occurred: <sentAt>
    fields:
      achieved:
        {first: [{path: <reached>, codes: reached}, {path: <reached_other>, codes: reached_other}]}
  - event: plan_action
    record: <of enquiry>
    when: [{path: formCode, is: enquiry}, {path: <jobs>, part: Job, is: present}]
    items: <jobs>
    id: {path: id, suffix: -j}
    occurred: <sentAt>
    fields: {text: {part: Job}}
  - event: marac_considered
    record: <of enquiry>
    when: [{path: formCode, is: enquiry}, {path: <steps>, part: ., is: MARAC}]
    supplied: partly
    id: {path: id, suffix: -m}
    occurred: <sentAt>
  - event: case_closed
    record: <of enquiry>
    when: [{path: formCode, is: enquiry}, {path: signedAt, is: present}]
    id: {path: id, suffix: -z}
    occurred: <signedAt>
    fields: {risk_result: {path: <risk>, codes: risk}}
assume:
  - {type: case_reopened, none: true, because: a case that comes back is a new one}
"""
"""What both mappings say; what differs stands in brackets."""


def mapping_of(source: str) -> str:
    """Writes the mapping of the reports (`csv`) or of the JSON (`json`)."""
    is_json = source == "json"
    written = "" if is_json else ', date_format: "%b %d, %Y, %I:%M:%S:%f %p"'
    words = {
        "source": source,
        "joins": "{record: ., name: flow}" if is_json else "{record: worry}, {record: enquiry}",
        "of worry": "flow" if is_json else "worry",
        "of enquiry": "flow" if is_json else "enquiry",
        "an enquiry": '"flow[formCode=enquiry]/id"' if is_json else "enquiry/id",
        **{name: f"{{path: {name}{written}}}" for name in _TIMES},
    }
    for key, (step, name) in {**WORRY, **ENQUIRY}.items():
        names = ["answers", step, html.unescape(name).strip()]
        words[key] = json.dumps(names if is_json else ".".join(["answers", step, name]))
    return re.sub("<(.+?)>", lambda found: words[found[1]], _MAPPING)
