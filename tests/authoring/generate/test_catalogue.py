"""The rule catalogue: every rule, in words that lose nothing of what the rule says."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from msp_rules.authoring.generate.files import generated_files
from msp_rules.authoring.generate.rule_catalogue import OTHERS, catalogue_pages, group_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.rules.language.conditions import (
    ConceptUse,
    ExplanationGiven,
    FieldTest,
    Limit,
    Selection,
)
from msp_rules.rules.language.rule import Rule
from msp_rules.rules.language.wording import (
    EVENT_NOUNS,
    FIELD_LABELS,
    citation_in_words,
    code_in_words,
    event_noun,
    field_label,
    spaced,
)
from tests.support.core import core_ruleset

RULESET = core_ruleset()
PAGES = catalogue_pages(RULESET)
SECTIONS = {
    section.split(":")[0]: section
    for name, page in PAGES.items()
    if name != "rules.md"
    for section in re.split(r'^<a id="[A-Z0-9-]+"></a>\n## ', page, flags=re.MULTILINE)[1:]
}
BLOCKS = ("applies_when", "expect", "due", "partly_when", "explained_when", "cannot_tell_when")
CATALOGUE_RULES = pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)


def parts(node: object) -> Iterator[object]:
    """Every part of a rule's tree, not going into the concepts that it names."""
    if isinstance(node, tuple):
        for part in node:
            yield from parts(part)
    elif is_dataclass(node):
        yield node
        if not isinstance(node, ConceptUse):
            for one in fields(node):
                yield from parts(getattr(node, one.name))


def tree(rule: Rule) -> Iterator[object]:
    for name in (*BLOCKS, "if_none", "red_when"):
        yield from parts(getattr(rule, name))


def test_every_rule_has_one_section() -> None:
    assert sorted(SECTIONS) == [rule.id for rule in RULESET.rules]
    assert all(group_of(rule.id) is not OTHERS for rule in RULESET.rules)
    assert group_of("LOC-01") is OTHERS


@CATALOGUE_RULES
def test_a_section_tells_why_the_rule_is_there_and_what_it_asks(rule: Rule) -> None:
    section = SECTIONS[rule.id]

    assert section.startswith(f"{rule.id}: {rule.title}\n")
    for cite in rule.cites:
        assert f"- {citation_in_words(cite, RULESET)}\n" in section
    assert f"> {rule.prompt.summary}\n" in section
    assert rule.finding.replace("{due}", "(the due day)") in section
    assert rule.notes is None or rule.notes in section
    assert ("Switched off at first" in section) is not rule.is_enabled
    assert all(f"{question} (" in section for question in rule.audit_questions[:8]) or (
        "every audit question" in section
    )
    for title, block in (
        ("What explains it", rule.explained_when),
        ("What counts in part", rule.partly_when),
        ("When the record itself does not know", rule.cannot_tell_when),
    ):
        assert (f"**{title}**" in section) is (block is not None)


@CATALOGUE_RULES
def test_no_test_code_limit_or_concept_of_a_rule_is_lost_in_words(rule: Rule) -> None:
    section = SECTIONS[rule.id]

    for part in tree(rule):
        match part:
            case FieldTest():
                assert f"{field_label(part.field)}: " in section
                assert all(code_in_words(value) in section for value in part.values)
            case Selection():
                assert event_noun(part.type).split(" ", 1)[1] in section
            case Limit():
                assert part.parameter is None or f"({spaced(part.parameter)})" in section
                assert f"{part.values[-1][1]} " in section
            case ExplanationGiven():
                assert all(code_in_words(code) in section for code in part.codes)
            case ConceptUse():
                assert f"(../rules.md#{part.name})" in section


@CATALOGUE_RULES
def test_every_number_says_where_it_comes_from(rule: Rule) -> None:
    for parameter in rule.parameters.values():
        rows = [row for row in SECTIONS[rule.id].splitlines() if f"(`{parameter.name}`)" in row]
        assert len(rows) == len(parameter.values)
        for row, value in zip(rows, parameter.values, strict=True):
            assert value.first_day.isoformat() in row
            assert f"| {value.source} |" in row
            assert value.basis.value in row or value.basis.value == "local"


@pytest.mark.parametrize("name", [name for name in PAGES if name != "rules.md"])
def test_words_hold_no_code(name: str) -> None:
    plain = re.sub(r"`[^`]*`|\([^()]*#\w+\)|<a id=.*", "", PAGES[name])
    notes = {word for rule in RULESET.rules for word in re.findall(r"\w+_\w+", rule.notes or "")}

    assert set(re.findall(r"\w+_\w+", plain)) <= notes


def test_every_event_has_a_noun_and_no_two_share_one() -> None:
    events = core_vocabulary().events

    assert list(EVENT_NOUNS) == list(events)
    assert len(set(EVENT_NOUNS.values())) == len(events)


def test_no_two_fields_of_an_event_share_a_label() -> None:
    known = set()
    for kind in core_vocabulary().events.values():
        labels = [field_label(name) for name in kind.fields]
        assert len(set(labels)) == len(labels), kind.name
        known |= set(kind.fields)

    assert FIELD_LABELS.keys() <= known


@pytest.mark.slow
def test_every_link_leads_somewhere() -> None:
    files = {path: text.decode() for path, text in generated_files().items()}
    pages = {path: text for path, text in files.items() if path.startswith("docs/")}
    anchors = {
        path: set(re.findall(r'<a id="([\w-]+)">', text))
        | {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        for path, text in pages.items()
    }
    count = 0
    for path, text in pages.items():
        folder = path.rsplit("/", 1)[0]
        for target, anchor in re.findall(r"\]\(([\w./-]*\.md)#([\w-]+)\)", text):
            found = f"{folder}/{target}".replace("docs/rules/../", "docs/")
            assert found == "docs/rule-language.md" or anchor in anchors[found], (path, target)
            count += 1

    assert count > 300
