"""The change between two sets of exports is split into terms that mean what they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Final

import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.case_audit import CaseAudit
from msp_rules.audit.case_reader import CaseFiles, CaseReader
from msp_rules.audit.change.document import compare_document
from msp_rules.audit.change.points import points_of
from msp_rules.audit.change.splitting import Change, Terms, split_change
from msp_rules.audit.change.stages import CountKey
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.loading import load_ruleset
from tests.audit.change.made_up import ANY, SCHEMA, case, change_of, files, rules_with, spoke, terms
from tests.support import effort

NOTHING: Final = Terms(0, 0, 0, 0, 0)


def test_a_change_of_rules_alone_is_put_down_to_rules(tmp_path: Path) -> None:
    # In time by two days, late by one: the same case, other rules.
    two, one = rules_with(tmp_path / "2", days=2), rules_with(tmp_path / "1", days=1)
    cases = [case("A", spoke("2026-01-07")), case("B", spoke("2026-01-06"))]

    change = change_of(
        files(tmp_path, "old.xml", cases, two), files(tmp_path, "new.xml", cases, one)
    )

    assert terms(change, "met") == Terms(before=2, rules=-1, coverage=0, practice=0, after=1)
    assert terms(change, "met_late") == Terms(before=0, rules=1, coverage=0, practice=0, after=1)


def test_a_change_of_what_is_supplied_is_put_down_to_coverage(tmp_path: Path) -> None:
    # Nobody works otherwise: the old export only did not hold the contacts that there were.
    rules = rules_with(tmp_path / "rules")
    old = files(tmp_path, "old.xml", [case("A"), case("B")], rules, supplies="concern_raised")
    new = files(
        *(tmp_path, "new.xml", [case("A", spoke("2026-01-06")), case("B")], rules),
        supplies="concern_raised contact_with_adult",
    )

    change = change_of(old, new)

    assert terms(change, "cannot_tell") == Terms(2, 0, -2, 0, 0)
    assert terms(change, "met") == Terms(0, 0, 1, 0, 1)
    assert terms(change, "not_met") == Terms(0, 0, 1, 0, 1)


def test_a_field_that_one_side_lacks_is_coverage_too(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    contact = '<contact_with_adult id="e" occurred="2026-01-06"/>'
    old = files(
        *(tmp_path, "old.xml", [case("A", contact)], rules),
        supplies="concern_raised contact_with_adult.purpose",
    )
    new = files(
        *(tmp_path, "new.xml", [case("A", spoke("2026-01-06"))], rules),
        supplies="concern_raised contact_with_adult",
    )

    change = change_of(old, new)

    assert terms(change, "cannot_tell") == Terms(1, 0, -1, 0, 0)
    assert terms(change, "met") == Terms(0, 0, 1, 0, 1)


def test_what_remains_is_practice(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    old = files(tmp_path, "old.xml", [case("A"), case("B")], rules)
    new = files(tmp_path, "new.xml", [case("A", spoke("2026-01-06")), case("C"), case("D")], rules)

    change = change_of(old, new)

    assert terms(change, "not_met") == Terms(2, 0, 0, 0, 2)
    assert terms(change, "met") == Terms(0, 0, 0, 1, 1)
    assert change.terms()[CountKey("all", "", "cases")] == Terms(2, 0, 0, 1, 3)


def test_all_three_together_are_told_apart(tmp_path: Path) -> None:
    # Old rules: any contact in two days. New ones: spoken with, in one.
    old_rules = rules_with(tmp_path / "a", days=2, where=ANY)
    new_rules = rules_with(tmp_path / "b", days=1)
    plain = '<contact_with_adult id="e" occurred="2026-01-07"/>'
    old = files(
        # By the new rules: cannot tell (no result supplied) each, where there is a contact.
        *(tmp_path, "old.xml", [case("A", plain), case("B", plain), case("C")], old_rules),
        supplies="concern_raised contact_with_adult.purpose",
    )
    new = files(
        *(tmp_path, "new.xml", [case("A", spoke("2026-01-06")), case("D")], new_rules),
        supplies="concern_raised contact_with_adult",
    )

    change = change_of(old, new)

    # Then: 2 met. By the new rules 2 cannot tell. Restricted, A of today cannot tell either.
    assert terms(change, "met") == Terms(before=2, rules=-2, coverage=1, practice=0, after=1)
    assert terms(change, "cannot_tell") == Terms(0, rules=2, coverage=-1, practice=-1, after=0)
    assert terms(change, "not_met") == Terms(before=1, rules=0, coverage=0, practice=0, after=1)


def test_rules_that_hold_from_a_day_on_count_as_rules(tmp_path: Path) -> None:
    # The new rule begins after the old cases: on its own days it says nothing of them.
    old_rules = rules_with(tmp_path / "a", days=2)
    always = rules_with(tmp_path / "b", days=1)
    on_its_days = replace(always, version="dated", rules=())
    cases = [case("A", spoke("2026-01-07"))]

    change = split_change(
        files(tmp_path, "old.xml", cases, old_rules),
        files(tmp_path, "new.xml", cases, on_its_days),
        always,
    )

    assert terms(change, "met") == Terms(1, -1, 0, 0, 0)
    assert terms(change, "met_late") == NOTHING


def test_sides_that_declare_the_same_are_not_restricted(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    words = "concern_raised contact_with_adult"
    old = files(tmp_path, "old.xml", [case("A")], rules, supplies=words)
    new = files(tmp_path, "new.xml", [case("A")], rules, supplies=words)

    change = change_of(old, new)

    assert change.is_same_coverage
    assert change.stages.old_restricted is change.stages.old_by_new_rules
    assert change.stages.new_restricted is change.stages.new_by_new_rules


# Random pairs, by some rules of the core.

_TYPES: Final = (
    "outcomes_conversation",
    "capacity_considered",
    "capacity_assessed",
    "contact_with_adult",
    "outcome_reviewed",
    "plan_made",
    "experience_feedback",
)
_PAIRS: Final = effort.of(3, thorough=60)


@pytest.fixture(scope="module")
def core() -> Ruleset:
    """Ten rules of the core: to compile all of them for each pair would take long."""
    whole = load_ruleset("msp-core")
    names = ("ASK", "OUT", "CLO", "MCA-01")
    rules = tuple(rule for rule in whole.rules if rule.id.startswith(names))
    return replace(whole, rules=rules[:10])


@pytest.fixture(scope="module")
def fewer(core: Ruleset) -> Ruleset:
    """The same without every third rule."""
    kept = tuple(rule for at, rule in enumerate(core.rules) if at % 3)
    return replace(core, sha256="0" * 64, rules=kept)


def made(folder: Path, ruleset: Ruleset, seed: int, lacks: frozenset[str] | None) -> CaseFiles:
    """An export of six made-up cases that declares all types but some; None declares nothing."""
    stream = BytesIO()
    write_export(stream, cases=6, seed=seed)
    text = stream.getvalue().decode()
    if lacks is not None:
        text = without(text, ruleset, lacks)
    name = f"{sha256(text.encode()).hexdigest()}.xml"
    (folder / name).write_text(text, encoding="utf-8")
    return CaseFiles(exports=(folder / name,), ruleset=ruleset)


def without(text: str, ruleset: Ruleset, lacks: frozenset[str]) -> str:
    """The same export as a source would give it that can't supply some types."""
    for kind in lacks:
        text = re.sub(rf"\s*<{kind} .*?</{kind}>|\s*<{kind} [^>]*/>", "", text, flags=re.S)
    types = " ".join(sorted(ruleset.vocabulary.events.keys() - lacks))
    return re.sub(r"(<period[^>]*/>)", rf"\1<supplies>{types}</supplies>", text, count=1)


def lacking(random: Random) -> frozenset[str] | None:
    """What a source lacks: up to three types, or None for one that declares nothing."""
    number = random.randrange(5)
    return None if number == 4 else frozenset(random.sample(_TYPES, number))


def counted(side: CaseFiles, ruleset: Ruleset) -> Counter[tuple[str, str]]:
    """The answers of a side by rule and verdict, counted with nothing of the comparison."""
    audit, found = CaseAudit(ruleset), Counter[tuple[str, str]]()
    for read in CaseReader(side).cases():
        for answer in audit.of(read.case, read.view.as_of).answers:
            found[answer.rule, answer.verdict.value] += 1
    return found


def rule_terms(change: Change) -> Iterator[tuple[tuple[str, str], Terms]]:
    return (((key.id, key.name), one) for key, one in change.terms().items() if key.kind == "rule")


@pytest.mark.slow
@pytest.mark.parametrize("pair", range(_PAIRS))
def test_terms_of_random_pairs_add_up_and_mean_what_an_export_without_those_types_shows(
    core: Ruleset, fewer: Ruleset, tmp_path: Path, pair: int
) -> None:
    random = Random(pair)
    seeds = random.randrange(1000), random.randrange(1000)
    lacks = lacking(random), lacking(random)
    sides = made(tmp_path, fewer, seeds[0], lacks[0]), made(tmp_path, core, seeds[1], lacks[1])
    every = frozenset[str]().union(*(one or () for one in lacks))
    # The two sides as if each had been exported without what either of them lacks.
    both = None if lacks == (None, None) else every
    restricted = [made(tmp_path, core, seed, both) for seed in seeds]

    change = split_change(*sides, core)

    before, after = counted(sides[0], fewer), counted(sides[1], core)
    by_new = counted(sides[0], core)
    then, now = (counted(side, core) for side in restricted)
    expected = {
        key: Terms(
            before=before[key],
            rules=by_new[key] - before[key],
            coverage=then[key] - by_new[key] + after[key] - now[key],
            practice=now[key] - then[key],
            after=after[key],
        )
        for key in before.keys() | by_new.keys() | then.keys() | now.keys() | after.keys()
    }
    assert dict(rule_terms(change)) == expected
    SCHEMA.validate(compare_document(change, points_of(change, ())))
    terms = change.terms()
    for one in terms.values():
        assert one.before + one.rules + one.coverage + one.practice == one.after
    for kind in ("rule", "severity"):
        of_kind = [(key.name, one) for key, one in terms.items() if key.kind == kind]
        for verdict in ("met", "not_met", "cannot_tell", "not_applicable"):
            parts = [one for name, one in of_kind if name == verdict]
            assert tuple(map(sum, zip(*parts, strict=True))) == (
                terms.get(CountKey("all", "", verdict)) or ()
            )


@pytest.mark.slow
@pytest.mark.parametrize("pair", range(_PAIRS))
def test_a_comparison_of_equals_is_nothing(core: Ruleset, tmp_path: Path, pair: int) -> None:
    random = Random(100 + pair)
    side = made(tmp_path, core, random.randrange(1000), lacking(random))

    change = split_change(side, side, core)

    document = compare_document(change, points_of(change, ()))
    assert [one for one in change.terms().values() if one[1:4] != (0, 0, 0)] == []
    assert {one["state"] for one in document["findings"]["list"]} == {"unchanged"}
    assert document["coverage"] == {
        "same": True,
        "only_old": [],
        "only_new": [],
        "given_only_old": [],
        "given_only_new": [],
    }
    assert len(document["points"]) == 1
