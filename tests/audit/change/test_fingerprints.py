"""A finding is known again in a later export, whatever changed around it."""

from __future__ import annotations

from pathlib import Path

from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.change.findings import ComparedFinding, compared_findings
from msp_rules.audit.change.fingerprints import SubjectNames
from msp_rules.audit.change.splitting import split_change
from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.rules.language.rule import Ruleset
from tests.audit.change.made_up import CONCERN, case, change_of, files, rules_with, spoke
from tests.builders.export import case_text, event_text
from tests.builders.ruleset import rule_text, ruleset_of

EACH = """\
each: concern_raised
expect: {recorded: contact_with_adult}
due: {within: 2 working_days, of: this}
"""


def findings(old: CaseFiles, new: CaseFiles) -> list[ComparedFinding]:
    return list(compared_findings(change_of(old, new).stages))


def said(found: list[ComparedFinding]) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    return [(one.state, one.finding.case, one.was, one.by) for one in found]


def of_each(folder: Path) -> Ruleset:
    return ruleset_of(folder, rule_text("R-01", EACH))


def test_findings_are_new_gone_or_unchanged_and_say_what_moved_them(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    old = files(tmp_path, "old.xml", [case("A"), case("B"), case("D", spoke("2026-01-12"))], rules)
    new = files(
        *(tmp_path, "new.xml", [case("C"), case("B"), case("A", spoke("2026-01-06"))], rules)
    )

    found = findings(old, new)

    assert said(found) == [
        ("new", "C", None, ("practice",)),
        ("gone", "A", "not_met", ("practice",)),
        ("gone", "D", "met_late", ("practice",)),
        ("unchanged", "B", "not_met", ()),
    ]


def test_rules_and_coverage_are_named_where_they_moved_a_finding(tmp_path: Path) -> None:
    one, two = rules_with(tmp_path / "1", days=1), rules_with(tmp_path / "2", days=2)
    old = files(tmp_path, "old.xml", [case("A", spoke("2026-01-07"))], one)
    by_rules = files(tmp_path, "new.xml", [case("A", spoke("2026-01-07"))], two)
    words = "concern_raised contact_with_adult"
    lacking = files(tmp_path, "lacking.xml", [case("A")], two, supplies="concern_raised")
    supplied = files(tmp_path, "supplied.xml", [case("A")], two, supplies=words)

    assert said(findings(old, by_rules)) == [("gone", "A", "met_late", ("rules",))]
    assert said(findings(lacking, supplied)) == [("new", "A", None, ("coverage",))]


def test_another_verdict_of_the_same_rule_is_the_same_finding(tmp_path: Path) -> None:
    rules = rules_with(tmp_path / "rules")
    old = files(tmp_path, "old.xml", [case("A")], rules)
    new = files(tmp_path, "new.xml", [case("A", spoke("2026-02-02"))], rules)

    (found,) = findings(old, new)

    assert (found.state, found.was, found.finding.verdict) == ("unchanged", "not_met", "met_late")


def test_order_corrections_and_revisions_leave_a_fingerprint_as_it_is(tmp_path: Path) -> None:
    rules = of_each(tmp_path / "a")
    revised = ruleset_of(tmp_path / "b", rule_text("R-01", EACH, title="The adult is seen"))
    second = event_text("concern_raised", "d", "2026-01-08")
    corrected = event_text("concern_raised", "d2", "2026-01-09", attributes='supersedes="d"')
    old = files(tmp_path, "old.xml", [case_text("A", CONCERN, second), case("B")], rules)
    new = files(
        *(tmp_path, "new.xml", [case("B"), case_text("A", corrected, second, CONCERN)], revised)
    )

    found = list(compared_findings(split_change(old, new, revised).stages))

    assert [(one.state, one.finding.case, one.finding.subject) for one in found] == [
        ("unchanged", "A", "c"),
        ("unchanged", "A", "d2"),
        ("unchanged", "B", "c"),
    ]


def test_case_rule_and_entry_make_three_different_fingerprints(tmp_path: Path) -> None:
    rules = of_each(tmp_path / "rules")
    second = event_text("concern_raised", "d", "2026-01-08")
    side = files(tmp_path, "old.xml", [case_text("A", CONCERN, second), case("B")], rules)

    found = findings(side, side)

    assert len({one.fingerprint for one in found}) == 3
    assert all(len(one.fingerprint) == 32 for one in found)


def test_an_entry_without_an_id_is_known_by_its_type_moment_and_place() -> None:
    def view(*lines: int) -> SubjectNames:
        days = ("2026-01-05", "2026-01-05", "2026-02-01")
        events = tuple(
            Event(f"?line-{line}", "concern_raised", parse_moment(day), parse_moment(day))
            for line, day in zip(lines, days, strict=True)
        )
        return SubjectNames(in_force(Case("A", events), parse_as_of("2026-03-31")))

    old, new = view(4, 5, 6), view(14, 15, 16)

    assert [old.of(f"?line-{line}") for line in (4, 5, 6)] == [
        new.of(f"?line-{line}") for line in (14, 15, 16)
    ]
    assert len({old.of(f"?line-{line}") for line in (4, 5, 6)}) == 3
