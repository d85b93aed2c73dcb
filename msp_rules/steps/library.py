"""All sentences that there are, in the order in which they are tried."""

from __future__ import annotations

from typing import Final

from msp_rules.steps.agreement_entries import AGREEMENT
from msp_rules.steps.answer_steps import ANSWERS
from msp_rules.steps.asking_entries import ASKING
from msp_rules.steps.capacity_entries import CAPACITY
from msp_rules.steps.closing_entries import CLOSING
from msp_rules.steps.enquiry_entries import ENQUIRY
from msp_rules.steps.involvement_entries import INVOLVEMENT
from msp_rules.steps.record_steps import RECORD, refusing
from msp_rules.steps.risk_entries import RISK
from msp_rules.steps.sentence import Kind, Sentence

PARTS: Final[tuple[tuple[str, tuple[Sentence, ...]], ...]] = (
    ("Any entry of the record", RECORD),
    ("Looking, and what must then be", ANSWERS),
    ("Asking and outcomes", ASKING),
    ("Capacity and advocacy", CAPACITY),
    ("Agreement and sharing", AGREEMENT),
    ("Risk and the response", RISK),
    ("Concerns, decisions and enquiries", ENQUIRY),
    ("Meetings, contact and partners", INVOLVEMENT),
    ("Endings", CLOSING),
)
"""The sentences by what they are about."""

SENTENCES: Final = tuple(
    refusing(one) if one.kind is Kind.GIVEN else one for _, part in PARTS for one in part
)
"""Every sentence, ready to run; what is wrong with a Given is kept until the case is looked at."""
