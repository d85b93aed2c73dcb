"""Steps of a team that looks at the effect of a change of its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pytest_bdd import given, parsers, then, when

from benchmarks.export_generator import write_export
from msp_rules.authoring.impact.comparison import Impact, Question
from msp_rules.authoring.impact.effects import Effect
from msp_rules.authoring.impact.run import impact_of
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.matchers.choice import choose_matcher
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.reports.forecast import load_of_role, verdicts_in_words
from msp_rules.rules import load_layers, shipped_ruleset
from tests.builders.layers import HEAD
from tests.builders.part_of_core import write_part_of_core
from tests.support.vendor_forms import write_mapping, write_vendor_file

PART_OF_CORE = tuple(
    f"rules/{rule}.yaml"
    for rule in ("ASK-01", "CON-01", "DEC-01", "DEC-02", "INV-01", "INV-02", "MCA-01", "PLAN-02")
)
"""Enough to find something, and more questions at a decision than a view has room for."""
WHY = "because: The board decided so, approved_by: The board"


@dataclass
class Preview:
    """A draft over the core, the cases that it is tried on, and what came of it."""

    folder: Path
    cases: Path
    body: str = ""
    forms: Path | None = None
    mapping: Path | None = None
    question: Question | None = None
    impact: Impact | None = None

    @property
    def found(self) -> Impact:
        """What the team sees."""
        assert self.impact is not None
        return self.impact


@cache
def last_year() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "year.xml"
        write_export(path, cases=80, seed=3, profile="noisy")
        return path.read_bytes()


@given("last year's cases of a council", target_fixture="preview")
def cases_of_last_year(tmp_path: Path) -> Preview:
    path = tmp_path / "year.xml"
    path.write_bytes(last_year())
    return Preview(folder=tmp_path, cases=path)


@given("the cases as forms of another system, with their mapping file")
def cases_as_forms(preview: Preview) -> None:
    preview.forms, preview.mapping = preview.folder / "forms.xml", preview.folder / "forms.yaml"
    write_vendor_file(preview.cases, preview.forms)
    write_mapping(preview.mapping)


@given(
    parsers.parse("a draft in which the section 42 decision is due within {days:d} working days")
)
def draft_of_a_limit(preview: Preview, days: int) -> None:
    preview.body = decided_within(days)


def decided_within(days: int, since: str = "2015-04-01") -> str:
    """A change of one number, with a comment."""
    return (
        "changes:\n"
        "  # as the procedure says\n"
        "  - rule: DEC-02\n"
        "    parameters:\n"
        "      decide_within:\n"
        f'        - {{from: {since}, value: {days}, basis: local, source: "procedure"}}\n'
        "    because: The board decided so\n"
        "    approved_by: The board\n"
    )


@given(parsers.parse('a draft in which "{rule}" is switched off until the end of next year'))
def draft_without_a_rule(preview: Preview, rule: str) -> None:
    preview.body = f"changes: [{{rule: {rule}, enabled: false, expires: 2027-12-31, {WHY}}}]\n"


@given(parsers.parse('a draft in which "{rule}" is waived for the team "{team}"'))
def draft_with_a_waiver(preview: Preview, rule: str, team: str) -> None:
    preview.body = waiver(rule, team)


def waiver(rule: str, team: str) -> str:
    """A waiver of one rule for one team."""
    return (
        f"waivers: [{{name: new system, rules: {rule}, team: {team}, expires: 2027-12-31, "
        f"{WHY}}}]\n"
    )


@given("a draft with a local rule that asks workers at every concern")
def draft_with_a_rule(preview: Preview) -> None:
    council = shipped_ruleset("msp-core").parent / "example-council"
    rule = (council / "rules/X-CARD-01.yaml").read_text(encoding="utf-8")
    indented = "\n    ".join(rule.rstrip().splitlines())
    preview.body = (
        'sources: {example-procedure: "the procedure"}\n'
        "events: {x_feedback_card_given: {means: The card was given., fields: {how: text}}}\n"
        f"rules:\n  - {indented}\n"
    )


@when("the team looks at the effect of the draft")
def look(preview: Preview) -> None:
    core = write_part_of_core(preview.folder / "msp-core", *PART_OF_CORE)
    before = load_layers(core).ruleset
    overlay = preview.folder / "draft.yaml"
    head = HEAD.format(id="draft", below=before.layers[-1])
    overlay.write_text(head + preview.body, encoding="utf-8")
    after = load_layers(core, [overlay]).ruleset
    mapping = None if preview.mapping is None else load_mapping(preview.mapping, core_vocabulary())
    preview.question = Question(
        before=before, after=after, matcher=choose_matcher("python"), mapping=mapping
    )
    preview.impact = impact_of(preview.question, [preview.forms or preview.cases])


def _counts(preview: Preview, rule: str | None = None, team: str | None = None) -> Counter[Effect]:
    found: Counter[Effect] = Counter()
    for (group, effect), count in preview.found.findings.items():
        if rule in (None, group.rule) and team in (None, group.team):
            found[effect] += count
    return found


@then(parsers.parse('findings of "{rule}" appear'))
def findings_appear(preview: Preview, rule: str) -> None:
    assert _counts(preview, rule)[Effect.APPEARS] > 0


@then("the effect is that on the canonical export")
def same_effect(preview: Preview) -> None:
    assert preview.question is not None
    canonical = impact_of(replace(preview.question, mapping=None), [preview.cases])

    assert replace(preview.found, inputs=[]) == replace(canonical, inputs=[])


@then(parsers.parse('findings of "{rule}" disappear'))
def findings_disappear(preview: Preview, rule: str) -> None:
    assert _counts(preview, rule)[Effect.DISAPPEARS] > 0


@then("each of them names its case")
def cases_named(preview: Preview) -> None:
    rows = [one.row for one in preview.found.rows if one.row.finding is Effect.APPEARS]
    assert len(rows) == _counts(preview)[Effect.APPEARS]
    assert all(row.case.startswith("SA-") for row in rows)


@then("no finding disappears")
def nothing_disappears(preview: Preview) -> None:
    assert _counts(preview)[Effect.DISAPPEARS] == 0


@then("no finding appears")
def nothing_appears(preview: Preview) -> None:
    assert _counts(preview)[Effect.APPEARS] == 0


@then(parsers.parse('no rule but "{rule}" is touched'))
def only_touched(preview: Preview, rule: str) -> None:
    assert {one.row.rule for one in preview.found.rows} == {rule}


@then(parsers.parse('the findings of "{rule}" count as switched off'))
def count_as_switched_off(preview: Preview, rule: str) -> None:
    assert _counts(preview, rule).keys() == {Effect.SWITCHED_OFF}


@then(parsers.parse('the findings of "{rule}" in the team "{team}" count as waived'))
def count_as_waived(preview: Preview, rule: str, team: str) -> None:
    assert _counts(preview, rule, team).keys() == {Effect.WAIVED}


@then(parsers.parse('the findings of "{rule}" in the team "{team}" stay'))
def findings_stay(preview: Preview, rule: str, team: str) -> None:
    assert _counts(preview, rule, team).keys() == {Effect.UNCHANGED}


@then("no question is asked less often")
@then("the forecast says that nobody would be asked more or less often")
def asked_as_before(preview: Preview) -> None:
    forecast = preview.found.forecast
    assert forecast.after.raised == forecast.before.raised
    assert forecast.after.recurrence == forecast.before.recurrence
    assert verdicts_in_words(forecast) == (
        "this change would not alter how often anybody is prompted",
    )


@then(parsers.parse('the forecast says that prompts of "{rule}" would begin'))
def prompts_begin(preview: Preview, rule: str) -> None:
    (sentence,) = verdicts_in_words(preview.found.forecast)
    assert sentence.startswith(f"this change would begin prompts of {rule} (from 0 to ")


@then("workers would be asked more often each week")
def workers_asked_more(preview: Preview) -> None:
    forecast = preview.found.forecast
    before, after = (load_of_role(one, "worker") for one in (forecast.before, forecast.after))
    assert after.raised > before.raised
    assert after.busiest >= before.busiest


@then("the number of prompts held back from workers is told")
def held_back_told(preview: Preview) -> None:
    assert load_of_role(preview.found.forecast.after, "worker").held > 0
