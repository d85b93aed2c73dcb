"""The quick way through an element gives what is written, and steps aside for anything else."""

from dataclasses import replace

import pytest
from lxml import etree

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import end_of_day, parse_date, parse_moment
from msp_rules.casework.plausible_dates import PlausibleDates, up_to
from msp_rules.casework.values import LONGEST_ID
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.intake.quick_elements import NAMESPACE, QuickReader, has_odd_fields

LAST_DAY = end_of_day(parse_date("2026-03-31").toordinal())
SOURCE = "<source>police</source>"
FIRST = 'id="e1" occurred="2026-01-05T10:15:00"'


def quick(text: str, reader: QuickReader | None = None) -> Event | None:
    """Reads the one event of a case by the quick way alone."""
    root = etree.fromstring(f'<case_export xmlns="{NAMESPACE}"><case>{text}</case></case_export>')
    reader = reader or QuickReader(core_vocabulary(), up_to(PlausibleDates(), LAST_DAY))
    ((element,),) = root
    return reader.event(element, reader.plans[str(element.tag)], has_odd_fields(root))


def concern(attributes: str = FIRST, fields: str = SOURCE) -> str:
    return f"<concern_raised {attributes}>{fields}</concern_raised>"


def plan(fields: str) -> str:
    return f"<plan_made {FIRST}>{fields}</plan_made>"


def test_an_event_in_order_is_read() -> None:
    more = 'recorded="2026-01-06" agency="council" role="worker" supersedes="e0" void="no"'
    fields = (
        f"{SOURCE}<abuse_type>physical</abuse_type><abuse_type>self_neglect</abuse_type>"
        "<earlier_concerns_6_months> 2 </earlier_concerns_6_months>"
    )

    assert quick(concern(f"{FIRST} {more}", fields)) == Event(
        id="e1",
        type="concern_raised",
        moment=parse_moment("2026-01-05T10:15:00"),
        recorded=parse_moment("2026-01-06"),
        fields={
            "source": "police",
            "abuse_type": ("physical", "self_neglect"),
            "earlier_concerns_6_months": 2,
        },
        agency="council",
        role="worker",
        supersedes="e0",
        void="no",
        line=1,
    )


def test_white_space_between_the_fields_and_a_text_of_nothing_else_are_passed_over() -> None:
    fields = "\n  <lead>\n </lead>\n  <adult_agreed>partly</adult_agreed>\n"

    event = quick(plan(fields))

    assert event is not None
    assert event.fields == {"adult_agreed": "partly"}


def test_a_withheld_text_is_read() -> None:
    event = quick(
        f'<outcome_expressed {FIRST}><text withheld="yes"/><domain>protection</domain>'
        "</outcome_expressed>"
    )

    assert event is not None
    assert event.fields == {"text": WITHHELD, "domain": ("protection",)}


STEPS_ASIDE = {
    "no id": concern('occurred="2026-01-05"'),
    "an empty id": concern('id="" occurred="2026-01-05"'),
    "an id with white space": concern('id=" e1" occurred="2026-01-05"'),
    "an id that is too long": concern(f'id="{"e" * (LONGEST_ID + 1)}" occurred="2026-01-05"'),
    "no date": concern('id="e1"'),
    "a date that is none": concern('id="e1" occurred="soon"'),
    "a date with white space": concern('id="e1" occurred="2026-01-05 "'),
    "a date that is too early": concern('id="e1" occurred="1985-06-01"'),
    "a date after the export": concern('id="e1" occurred="2026-04-01"'),
    "a date of recording that is none": concern(f'{FIRST} recorded="soon"'),
    "an agency of no code": concern(f'{FIRST} agency="nobody"'),
    "a role of no code": concern(f'{FIRST} role=""'),
    "a void of no code": concern(f'{FIRST} void=" yes"'),
    "an empty supersedes": concern(f'{FIRST} supersedes=""'),
    "a supersedes with white space": concern(f'{FIRST} supersedes="e0 "'),
    "an unknown attribute": concern(f'{FIRST} agent="council"'),
    "text before the fields": concern(fields=f"police {SOURCE}"),
    "an unknown field": concern(fields=f"{SOURCE}<sauce>police</sauce>"),
    "a field of another namespace": concern(fields=f'{SOURCE}<alone xmlns="urn:x">yes</alone>'),
    "a code that is none": concern(fields="<source>polis</source>"),
    "a code with white space": concern(fields="<source> police</source>"),
    "an empty code": concern(fields="<source/>"),
    "a code given twice": concern(fields=f"{SOURCE}{SOURCE}"),
    "a code that is withheld": concern(fields='<source withheld="yes">police</source>'),
    "a field with an element": concern(fields="<source>police<b/></source>"),
    "a number that is none": concern(
        fields=f"{SOURCE}<earlier_concerns_6_months>few</earlier_concerns_6_months>"
    ),
    "a text with an element": plan("<lead>who<b/></lead>"),
    "an empty text": plan("<lead/>"),
    "a text with another attribute": plan('<lead lang="cy">pwy</lead>'),
    "a text that is not withheld": plan('<lead withheld="no">who</lead>'),
    "a withheld text with an element": plan('<lead withheld="yes"><b/></lead>'),
    "a day that is none": plan("<review_due>soon</review_due>"),
    "a day that is too early": plan("<review_due>1985-06-01</review_due>"),
}


@pytest.mark.parametrize("text", STEPS_ASIDE.values(), ids=STEPS_ASIDE)
def test_an_event_out_of_order_is_left_to_the_careful_way(text: str) -> None:
    assert quick(text) is None


@pytest.mark.parametrize("odd", ["1985-06-01", "2026-04-01", "soon"])
def test_a_date_that_was_refused_is_refused_again(odd: str) -> None:
    reader = QuickReader(core_vocabulary(), up_to(PlausibleDates(), LAST_DAY))

    assert [quick(concern(f'id="e1" occurred="{odd}"'), reader) for _ in range(2)] == [None, None]
    assert quick(concern(), reader) is not None


def test_a_date_that_was_met_is_looked_at_again_once_other_dates_are_possible() -> None:
    reader = QuickReader(core_vocabulary(), PlausibleDates())
    assert quick(concern(), reader) is not None

    reader.allow(PlausibleDates(last_instant=parse_moment("2026-01-05").instant))

    assert quick(concern(), reader) is None


def test_an_event_that_lacks_what_it_must_have_is_left_to_the_careful_way() -> None:
    kind = core_vocabulary().events["concern_raised"]
    fields = {**kind.fields, "source": replace(kind.fields["source"], is_required=True)}
    vocabulary = replace(core_vocabulary(), events={kind.name: replace(kind, fields=fields)})
    reader = QuickReader(vocabulary, PlausibleDates())

    assert quick(concern(), reader) is not None
    assert quick(concern(fields="<alone>yes</alone>"), reader) is None


def test_events_share_one_string_for_a_code() -> None:
    events = [quick(concern(f'{FIRST} agency="council"')) for _ in range(2)]

    (source, agency), other = [
        (event.fields["source"], event.agency) for event in events if event is not None
    ]
    assert source is other[0]
    assert agency is other[1]
