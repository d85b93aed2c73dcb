"""The XSD takes what the reader takes, and refuses what the reader calls a fault."""

import io
from pathlib import Path

import pytest
from lxml import etree

from benchmarks.export_generator import write_export
from msp_rules.authoring.generate.export_xsd import NAMESPACE, XSD_NAME, export_xsd
from msp_rules.casework.vocabulary import core_vocabulary, parse_vocabulary
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.quick_elements import NAMESPACE as READER_NAMESPACE

DATA = Path(__file__).parent.parent / "data"
EXAMPLE = (DATA / "example-export.xml").read_text("utf-8")
MADE_UP = Path(__file__).parents[2] / "rulesets/msp-core/cases/made-up-council.xml"
SHIPPED = Path(__file__).parents[2] / "msp_rules/casework/schemas" / XSD_NAME
SCHEMA = etree.XMLSchema(etree.parse(SHIPPED))

DATED = 'id="e1" occurred="2026-01-05T10:15:00"'
CASE_ID = '<case id="SA-1001"'
ADULT = '<adult ref="P-2002"><age_band>85-94</age_band></adult>'
CHECK = '<immediate_safety_check id="e2"'
RESULT = "<result>safe</result>"

# What was written, and what the broken export says instead.
REFUSED = {
    "unknown event type": (
        ADULT,
        f'{ADULT}<concern_razed id="x" occurred="2026-02-02"/>',
    ),
    "unknown field": ("<alone>yes</alone>", "<alon>yes</alon>"),
    "unknown attribute of an event": (CHECK, f'{CHECK} worker="N. N."'),
    "unknown attribute of a case": (CASE_ID, f'{CASE_ID} worker="N. N."'),
    "bad code": (RESULT, "<result>probably</result>"),
    "bad code of the envelope": ('agency="police"', 'agency="constabulary"'),
    "empty code": (RESULT, "<result/>"),
    "date that does not exist": (DATED, 'id="e1" occurred="2026-02-30"'),
    "date of another form": (DATED, 'id="e1" occurred="05/01/2026"'),
    "date with an offset": ("<review_by>2026-02-10", "<review_by>2026-02-10Z"),
    "hour that does not exist": (DATED, 'id="e1" occurred="2026-01-05T24:00:00"'),
    "no id": (DATED, 'occurred="2026-01-05T10:15:00"'),
    "id of white space": (DATED, 'id="  " occurred="2026-01-05T10:15:00"'),
    "id that is too long": (DATED, f'id="{"e" * 201}" occurred="2026-01-05T10:15:00"'),
    "no date": (DATED, 'id="e1"'),
    "event id used twice": (CHECK, '<immediate_safety_check id="e1"'),
    "correction of nothing": (CHECK, f'{CHECK} supersedes="e99"'),
    "reference to nothing": ("</s42_decided>", "<concern>e99</concern></s42_decided>"),
    "reference to another type": ("</s42_decided>", "<concern>e2</concern></s42_decided>"),
    "required field lacking": ("<asked>asked_expressed</asked>", ""),
    "required field lacking, none repeats": ("<view>no_reason_to_doubt</view>", ""),
    "field twice": ("<source>police</source>", "<source>police</source>" * 2),
    "required field twice": ("<asked>not_asked</asked>", "<asked>not_asked</asked>" * 2),
    "field twice, none repeats": ("<decision>", "<decision>x</decision><decision>"),
    "withheld code": (RESULT, '<result withheld="yes"/>'),
    "withheld in another word": ("<text>", '<text withheld="true">'),
    "element in a value": (RESULT, "<result><b>safe</b></result>"),
    "text between fields": (RESULT, f"perhaps {RESULT}"),
    "text between events": (ADULT, f"{ADULT} perhaps"),
    "no adult": (ADULT, ""),
    "two adults": (ADULT, ADULT * 2),
    "adult without ref": ('<adult ref="P-2002">', "<adult>"),
    "no case id": (CASE_ID, "<case"),
    "case id used twice": ("SA-1002", "SA-1001"),
    "element of another namespace": (ADULT, f'{ADULT}<note xmlns="urn:other"/>'),
    "unknown part of the header": ("<organisation>", "<owner>x</owner><organisation>"),
    "part of the header twice": ("<organisation>", "<cases>2</cases><organisation>"),
    "reference date": ("<reference_date>2026-03-31", "<reference_date>31 March 2026"),
    "number of cases in words": ("<cases>2<", "<cases>two<"),
    "supplies something unknown": ("<cases>", "<supplies>concern_razed</supplies><cases>"),
    "supplies an unknown field": ("<cases>", "<supplies>oversight.kin</supplies><cases>"),
}
# The reader's business alone: XSD 1.0 has no words for it (vocabulary_xsd.NOT_CHECKED).
BEYOND_XSD = {
    "number of cases": ("<cases>2<", "<cases>3<"),
    "events that correct each other": (
        f"{CHECK} occurred",
        '<oversight id="a" occurred="2026-01-05" supersedes="b"/>'
        f'<oversight id="b" occurred="2026-01-05" supersedes="a"/>{CHECK} occurred',
    ),
    "required text of white space": (
        ADULT,
        ADULT + '<explanation id="x" occurred="2026-02-02"><rule> </rule><code>unsafe</code>'
        "</explanation>",
    ),
    "time that the clocks leave out": (DATED, 'id="e1" occurred="2026-03-29T01:30:00"'),
}
ACCEPTED = {
    "date for a moment": (DATED, 'id="e1" occurred="2026-01-05"'),
    "moment with offset": (DATED, 'id="e1" occurred="2026-01-05T10:15:00.5+01:00"'),
    "moment with a space and no seconds": (DATED, 'id="e1" occurred="2026-01-05 10:15"'),
    "leap day": (DATED, 'id="e1" occurred="2024-02-29"'),
    "white space around a code": (RESULT, "<result>\n safe </result>"),
    "withheld text": ("<text>I want my bank card back", '<text withheld="yes">'),
    "repeated field, apart": (
        "<kind>safety</kind>",
        "<domain>dignity</domain><kind>safety</kind>",
    ),
    "correction": (CHECK, f'{CHECK} supersedes="e1"'),
    "reference": ("</s42_decided>", "<concern>e1</concern></s42_decided>"),
    "void": (CHECK, f'{CHECK} void="yes"'),
    "header in another order": (
        "<organisation>E10000000</organisation>",
        "<supplies>oversight.kind\n case_closed</supplies><organisation>X</organisation>",
    ),
}


def altered(change: tuple[str, str]) -> str:
    old, new = change
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def complaints(text: str | bytes) -> list[str]:
    SCHEMA.validate(etree.fromstring(text.encode() if isinstance(text, str) else text))
    return [entry.message for entry in SCHEMA.error_log]


def faults(text: str) -> list[str]:
    reader = ExportReader(io.BytesIO(text.encode()), "export.xml")
    list(reader)
    return [fault.reason for fault in reader.faults]


def test_namespace_is_the_readers() -> None:
    assert NAMESPACE == READER_NAMESPACE


def test_example_export_is_valid() -> None:
    assert complaints(EXAMPLE) == []


def test_made_up_council_has_only_the_complaints_that_its_faults_deserve() -> None:
    text = MADE_UP.read_bytes()

    lines = {entry.line for entry in _log(text)}
    reader = ExportReader(io.BytesIO(text), "made-up.xml")
    list(reader)

    assert lines == {fault.line for fault in reader.faults}


def _log(text: bytes) -> list[etree._LogEntry]:
    SCHEMA.validate(etree.fromstring(text))
    return list(SCHEMA.error_log)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("profile", ["mixed", "exemplary", "noisy"])
def test_generated_exports_are_valid(profile: str, seed: int) -> None:
    stream = io.BytesIO()
    write_export(stream, cases=100, seed=seed, profile=profile)

    assert complaints(stream.getvalue()) == []


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_broken_export_is_refused_by_reader_and_xsd(change: tuple[str, str]) -> None:
    text = altered(change)

    assert faults(text) != []
    assert complaints(text) != []


@pytest.mark.parametrize("change", BEYOND_XSD.values(), ids=BEYOND_XSD)
def test_what_only_the_reader_can_see_is_listed(change: tuple[str, str]) -> None:
    text = altered(change)

    assert faults(text) != []
    assert complaints(text) == []


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED)
def test_sound_export_is_accepted_by_reader_and_xsd(change: tuple[str, str]) -> None:
    text = altered(change)

    assert faults(text) == []
    assert complaints(text) == []


def test_adult_may_stand_after_the_events() -> None:
    text = EXAMPLE.replace(ADULT, "").replace("</case>\n</case_", f"{ADULT}</case>\n</case_")

    assert faults(text) == []
    assert complaints(text) == []


def test_a_complaint_names_the_field() -> None:
    twice = complaints(altered(REFUSED["field twice"]))

    assert len(twice) == 1
    assert "c:source" in twice[0]
    assert "concern_raised.once" in twice[0]


def test_every_event_type_has_its_element() -> None:
    root = etree.parse(SHIPPED).getroot()
    group = root.find("{*}group[@name='event']/{*}choice")
    assert group is not None

    assert [element.get("name") for element in group] == list(core_vocabulary().events)


def test_another_vocabulary_gives_its_own_schema() -> None:
    small = parse_vocabulary(
        """
        version: 1
        envelope: {id: text!, occurred: moment!}
        case: {id: text!}
        case_person: {ref: text!}
        enums: {yes_no_unknown: ["yes", "no"]}
        events:
          visit: {means: Somebody came & went., fields: {kept: flag!, note: text*}}
        """
    )
    schema = etree.XMLSchema(etree.fromstring(export_xsd(small).encode()))
    document = (
        f'<case_export xmlns="{NAMESPACE}" version="1"><header/><case id="1"><adult ref="p"/>'
        '<visit id="a" occurred="2026-01-05"><note>x</note><kept>yes</kept><note/></visit>'
        "</case></case_export>"
    )

    assert schema.validate(etree.fromstring(document))
    assert not schema.validate(etree.fromstring(document.replace("<kept>yes</kept>", "")))
