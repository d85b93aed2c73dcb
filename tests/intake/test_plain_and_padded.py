"""A record reads the same whether its values are padded or not: two ways lead through the reader.

An element in which nothing is out of order is read the quick way; white space around a code or an
id sends it the careful way, and changes nothing that is read.
"""

import io
import re

import pytest

from msp_rules.casework.case import WITHHELD, Case
from msp_rules.casework.moments import moment_on, parse_moment
from msp_rules.intake.export_xml import ExportReader

TEMPLATE = """<case_export xmlns="urn:msp-rules:case-export:1" version="1">
<header><reference_date>2026-03-31</reference_date></header>
<case id="SA-1" agency="council">
<adult ref="P-1"><age_band>95+</age_band><gender>other</gender></adult>
<concern_raised id="e1" occurred="2026-01-05T10:15:00" recorded="2026-01-05T10:15:00"
  agency="council" role="worker"><source>gp</source><abuse_type>physical</abuse_type>
  <abuse_type>self_neglect</abuse_type><earlier_concerns_6_months>2</earlier_concerns_6_months>
</concern_raised>
<concern_raised id="e2" occurred="2026-01-05T10:15:00" recorded="2026-01-06T11:00:07Z"
  supersedes="e1"><source>police</source></concern_raised>
<concern_raised id="e3" occurred="2026-01-06" void="yes"><source>police</source></concern_raised>
{mark}
<s42_decided id="e5" occurred="2026-01-06T09:00:00"><concern>e2</concern><has_needs>met</has_needs>
  <result>no_enquiry</result><rationale>  Two  accounts agree. </rationale></s42_decided>
</case>
</case_export>
"""
MARKS = {
    "nothing withheld": "",
    "something withheld": '<outcome_expressed id="e4" occurred="2026-01-06T09:00:00">'
    '<text withheld="yes"/><kind>justice_or_redress</kind></outcome_expressed>',
}
DATE = re.compile(r'(id|ref|occurred|recorded|agency|role|supersedes|void)="([^"]*)"')
VALUE = re.compile(r"<(age_band|gender|source|abuse_type|has_needs|result|kind)>([^<]*)<")


def read(text: str) -> tuple[list[Case], ExportReader]:
    reader = ExportReader(io.BytesIO(text.encode()), "x.xml")
    return list(reader), reader


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_padded_values_read_as_plain_ones(mark: str) -> None:
    plain = TEMPLATE.format(mark=mark)

    (case,), reader = read(plain)
    (in_attributes,), _ = read(DATE.sub(r'\1=" \2 "', plain))
    (in_fields,), _ = read(VALUE.sub(r"<\1> \2 <", plain))

    assert reader.faults == []
    assert case == in_attributes == in_fields
    assert list(case.adult) == list(in_fields.adult)


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_an_event_reads_as_it_is_written(mark: str) -> None:
    (case,), _ = read(TEMPLATE.format(mark=mark))
    first, second, third, *between, last = case.events

    assert case.adult == {"age_band": "95+", "gender": "other", "ref": "P-1"}
    assert first.fields["abuse_type"] == ("physical", "self_neglect")
    assert first.fields["earlier_concerns_6_months"] == 2
    assert first.recorded == first.moment == second.moment == parse_moment("2026-01-05T10:15:00")
    assert second.recorded == parse_moment("2026-01-06T11:00:07+00:00")
    assert (second.supersedes, third.void) == ("e1", "yes")
    assert third.recorded == third.moment == moment_on(third.moment.date)  # type: ignore[union-attr]
    assert [event.fields["text"] for event in between] == [WITHHELD] * len(between)
    assert last.fields["rationale"] == "  Two  accounts agree. "
    assert [event.line for event in (first, second)] == [6, 10]
