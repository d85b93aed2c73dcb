"""What a scenario tells, and how a sentence of it becomes an entry of the record."""

import re
from datetime import date, timedelta
from typing import Any

from pytest_bdd import given, parsers

from msp_rules.casework.case import Case

CONCERN_DAY = date(2026, 1, 5)
RULES = {
    "asking what they want": "ASK-01",
    "the reason for not asking": "ASK-02",
    "clearing up an unknown answer": "ASK-03",
    "speaking for an adult who can't say": "ASK-04",
    "asking again": "ASK-05",
    "their own words": "OUT-01",
    "another way of asking": "OUT-02",
    "more than safety": "OUT-03",
    "wishes before plans": "OUT-04",
    "talking it over again": "OUT-05",
    "an action for each wish": "OUT-06",
    "early capacity": "MCA-01",
    "assessing a doubt": "MCA-02",
    "a full assessment": "MCA-03",
    "best interests": "MCA-04",
    "considering advocacy": "ADV-01",
    "arranging an advocate": "ADV-02",
    "a free supporter": "ADV-03",
    "considering an IMCA": "ADV-04",
    "seeking the adult's view": "CON-01",
    "going ahead without agreement": "CON-02",
    "respecting a refusal": "CON-03",
    "sharing information": "CON-04",
    "safe right now": "RISK-01",
    "weighing options": "RISK-02",
    "living with the risk": "RISK-03",
    "a proportionate response": "PROP-01",
    "a complete decision": "DEC-01",
    "a timely decision": "DEC-02",
    "ending well without an enquiry": "DEC-03",
    "telling the referrer": "COM-01",
    "planning soon": "PLAN-01",
    "a plan for risk that goes on": "PLAN-02",
    "an enquiry that moves": "DUR-01",
    "taking part in meetings": "INV-01",
    "hearing from the team": "INV-02",
    "clear information": "INV-03",
    "carrying the adult's voice": "PAR-01",
    "judging a partner's practice": "PAR-02",
    "the adult's view at the end": "CLO-01",
    "the reason for falling short": "CLO-02",
    "sharing the closure": "CLO-03",
    "a say on how it felt": "CLO-05",
    "being heard alone": "SPC-01",
    "no is not the end": "SPC-02",
    "learning from a death": "SPC-04",
    "a pattern of concerns": "SPC-05",
}


class Story:
    """What a scenario has told so far."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, str] = {}
        self.questions: set[str] = set()
        self.export = ""
        self.cases: list[Case] = []
        self.faults: list[str] = []


def entry(sentence: str, event: str, /, **fields: Any) -> None:
    """Makes a step of a sentence: an entry on the concern's day, or so many days after it.

    `with_` stands for the field `with`.
    """
    body = {name.rstrip("_"): value for name, value in fields.items()}
    pattern = rf"{re.escape(sentence)}(?: (?P<days>\d+) days after the concern)?$"

    @given(parsers.re(pattern), stacklevel=2)
    def add(story: Story, days: str | None) -> None:
        occurred = CONCERN_DAY + timedelta(int(days or 0))
        story.events.append((event, {"occurred": occurred, **body}))
