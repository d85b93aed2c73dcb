"""The tables of the return have its rows and columns, to the letter and in its order.

The labels are written out here, from NHS Digital's publication code of the Safeguarding Adults
Collection (ASC-Safeguarding-Adults, June 2023), and not taken from the package: a slip of the pen
in a label would otherwise agree with itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pytest

from msp_rules.audit.national_return.labels import (
    ABUSE_TYPES,
    AGE_BANDS,
    ASKED,
    CAPACITY,
    ETHNICITIES,
    LOCATIONS,
    NOT_RECORDED,
    SUPPORT_REASONS,
    TABLES,
)
from msp_rules.audit.national_return.labels import SOURCES as SOURCES_BY_CODE
from msp_rules.casework.vocabulary import core_vocabulary

LABELS: Final = {
    "SG1a": "18-64; 65-74; 75-84; 85-94; 95+",
    "SG1b": "Male; Female; Not Known",
    "SG1c": "White; Mixed / Multiple; Asian / Asian British; "
    "Black / African / Caribbean / Black British; Other Ethnic Group; Refused; "
    "Undeclared / Not Known",
    "SG1d": "Physical Support; Sensory Support; Support with Memory and Cognition; "
    "Learning Disability Support; Mental Health Support; Social Support; No Support Reason; "
    "Not Known",
    "SG1f": "Total Number of Safeguarding Concerns; Section 42 Safeguarding Enquiries; "
    "Other Safeguarding Enquiries",
    "SG2a": "Physical Abuse; Sexual Abuse; Psychological Abuse; Financial or Material Abuse; "
    "Discriminatory Abuse; Organisational Abuse; Neglect and Acts of Omission; Domestic Abuse; "
    "Sexual Exploitation; Modern Slavery; Self-Neglect",
    "SG2b": "Own Home; In the Community; Community Service; Care Home - Nursing; "
    "Care Home - Residential; Hospital - Acute; Hospital - Mental Health; Hospital - Community; "
    "Other",
    "SG2c": "Risk identified and action taken; Risk identified and no action taken; "
    "Risk Assessment inconclusive and action taken; "
    "Risk Assessment inconclusive and no action taken; No risk identified and action taken; "
    "No risk identified and no action taken; "
    "Enquiry ceased at individual's request and no action taken",
    "SG2e": "Risk remained; Risk reduced; Risk removed",
    "SG3a": "Yes, they lacked capacity; No, they did not lack capacity; Don't know; Not recorded; "
    "Of the enquiries recorded as Yes, in how many of these cases was support provided by an "
    "advocate, family or friend",
    "SG4a": "Yes they were asked and outcomes were expressed; "
    "Yes they were asked but no outcomes were expressed; No; Don't Know; Not Recorded; "
    "Fully Achieved; Partially Achieved; Not Achieved",
}
"""The rows of each table."""
SOURCES: Final = "Service Provider; Other - Known to individual; Other - Unknown to individual"


@pytest.mark.parametrize("number", LABELS)
def test_the_rows_of_a_table_are_those_of_the_return(number: str) -> None:
    assert "; ".join(TABLES[number].rows) == LABELS[number]


def test_there_are_the_tables_that_a_case_record_can_fill() -> None:
    # SG1e needs health conditions, SG5 reviews of the board; there is no SG2d, SG3b and SG4b.
    assert [*TABLES] == [*LABELS]


@pytest.mark.parametrize("number", ["SG2a", "SG2b"])
def test_risks_are_counted_by_source(number: str) -> None:
    assert TABLES[number].columns == (*SOURCES.split("; "), NOT_RECORDED)


@pytest.mark.parametrize("number", ["SG3a", "SG4a"])
def test_answers_are_counted_by_age(number: str) -> None:
    columns = "18-64; 65-74; 75-84; 85-94; 95+; Not Known; Total"

    assert "; ".join(TABLES[number].columns) == columns


@pytest.mark.parametrize(
    ("kind", "field", "labels"),
    [
        ("concern_raised", "abuse_type", ABUSE_TYPES),
        ("concern_raised", "location", LOCATIONS),
        ("concern_raised", "source_of_risk", SOURCES_BY_CODE),
        ("enquiry_concluded", "lacked_capacity", CAPACITY),
        ("outcomes_conversation", "asked", ASKED),
        ("adult", "ethnicity", ETHNICITIES),
        ("adult", "support_reason", SUPPORT_REASONS),
        ("adult", "age_band", (*AGE_BANDS, "not_known")),
    ],
)
def test_every_code_of_the_vocabulary_has_its_row(
    kind: str, field: str, labels: Collection[str]
) -> None:
    vocabulary = core_vocabulary()
    fields = vocabulary.adult if kind == "adult" else vocabulary.events[kind].fields

    assert {*fields[field].codes} == {*labels}
