"""Layers: what overlays do to a ruleset, at any depth, and what they can't do to a floor."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from msp_rules.casework.case import Case
from msp_rules.casework.moments import Cutoff, day_start, parse_as_of
from msp_rules.engine.engine import Engine
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.errors import RulesetInvalid
from msp_rules.rules import Layered, check_layers, load_layers
from msp_rules.rules.language.conditions import AllOf, NoneOf
from msp_rules.rules.language.rule import Rule, Ruleset, Severity
from tests.builders.case import case_of
from tests.builders.layers import as_body, random_entries, top_layer, write_base, write_overlay
from tests.support import effort

WHY = "because: a, approved_by: b"
END = "expires: 9999-12-31"
FINDINGS = {Verdict.NOT_MET, Verdict.PARTLY_MET, Verdict.MET_LATE}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("layers"))


def laid(base: Path, folder: Path, *bodies: str) -> Layered:
    """The small ruleset with overlays of these bodies, lowest first."""
    return load_layers(base, stack(base, folder, *bodies))


def stack(base: Path, folder: Path, *bodies: str) -> list[Path]:
    paths: list[Path] = []
    folder.mkdir(exist_ok=True)
    for number, body in enumerate(bodies, start=1):
        below = top_layer(base, *paths)
        paths.append(write_overlay(folder, f"layer-{number}", below, body))
    return paths


def rule_of(ruleset: Ruleset, name: str, day: str) -> Rule:
    on_day = ruleset.as_on(date.fromisoformat(day).toordinal())
    return next(rule for rule in on_day.rules if rule.id == name)


ASKED_ON_DAY_4 = case_of(
    ("concern_raised", {"id": "e1", "occurred": "2026-05-11", "source": "police"}),
    ("enquiry_started", {"occurred": "2026-05-11", "kind": "s42"}),
    ("outcomes_conversation", {"occurred": "2026-05-15", "asked": "asked_expressed"}),
)


def verdicts(ruleset: Ruleset, what: Case, as_of: str) -> dict[str, str]:
    answers = Engine(ruleset, matcher="python").evaluate(what, parse_as_of(as_of)).answers
    return {answer.rule: answer.verdict.value for answer in answers}


def test_a_number_of_the_councils_own(base: Path, tmp_path: Path) -> None:
    body = f"""\
changes:
  - rule: PL-01
    parameters:
      within: [{{from: 2026-05-01, value: 3, basis: local, source: x}}]
    {WHY.replace(", ", chr(10) + "    ")}
"""
    layered = laid(base, tmp_path, body)

    values = layered.ruleset.rules[-1].parameters["within"].values
    assert [(v.first_day.isoformat(), v.value) for v in values] == [
        ("2015-04-01", 5),
        ("2026-05-01", 3),
    ]
    assert verdicts(load_layers(base).ruleset, ASKED_ON_DAY_4, "2026-06-30")["PL-01"] == "met"
    assert verdicts(layered.ruleset, ASKED_ON_DAY_4, "2026-06-30")["PL-01"] == "met_late"
    assert [layer.id for layer in layered.ruleset.layers] == ["small", "layer-1"]


def test_words_for_workers_may_be_the_councils_own(base: Path, tmp_path: Path) -> None:
    body = f"changes:\n  - {{rule: PL-01, why: Our charter says so., counts: Any talk., {WHY}}}\n"

    rule = laid(base, tmp_path, body).ruleset.rules[-1]

    assert (rule.id, rule.why, rule.counts) == ("PL-01", "Our charter says so.", "Any talk.")


@pytest.mark.parametrize(
    ("as_of", "is_there"),
    [
        pytest.param("2026-02-28T23:59:59", True, id="the last second before"),
        pytest.param("2026-03-01T00:00:00", False, id="the first second"),
        pytest.param("2026-06-30", False, id="the last day"),
        pytest.param("2026-06-30T23:59:59+01:00", False, id="its last second in London"),
        pytest.param("2026-06-30T22:59:59+00:00", False, id="the same, said in UTC"),
        pytest.param("2026-06-30T23:00:00+00:00", True, id="midnight in London, said in UTC"),
        pytest.param("2026-07-01T00:00:00+01:00", True, id="the first second after"),
        pytest.param("2026-07-01", True, id="the day after"),
    ],
)
def test_a_rule_is_switched_off_through_the_end_of_the_last_day(
    base: Path, tmp_path: Path, as_of: str, *, is_there: bool
) -> None:
    period = "from: 2026-03-01, expires: 2026-06-30"
    body = f"changes:\n  - {{rule: PL-01, enabled: false, {period}, {WHY}}}\n"
    layered = laid(base, tmp_path, body)

    assert ("PL-01" in verdicts(layered.ruleset, ASKED_ON_DAY_4, as_of)) is is_there


def test_a_filter_leaves_out_and_comes_to_an_end(base: Path, tmp_path: Path) -> None:
    when = "{this: {source: police}}"
    body = f"filters:\n  - {{name: f, rules: PL-01, when: {when}, expires: 2026-06-30, {WHY}}}\n"
    ruleset = laid(base, tmp_path, body).ruleset

    assert verdicts(ruleset, ASKED_ON_DAY_4, "2026-06-30")["PL-01"] == "not_applicable"
    assert verdicts(ruleset, ASKED_ON_DAY_4, "2026-07-01")["PL-01"] == "met"


def test_a_filter_reaches_the_row_without_subject(base: Path, tmp_path: Path) -> None:
    when = "{case: {team: is_present}}"
    body = f"filters:\n  - {{name: f, rules: PL-01, when: {when}, expires: 2026-06-30, {WHY}}}\n"
    ruleset = laid(base, tmp_path, body).ruleset
    started = ("enquiry_started", {"occurred": "2026-05-11", "kind": "s42"})

    assert verdicts(ruleset, case_of(started), "2026-06-30")["PL-01"] == "not_met"
    assert (
        verdicts(ruleset, case_of(started, attributes={"team": "a"}), "2026-06-30")["PL-01"]
        == "not_applicable"
    )


def test_a_local_rule_about_a_local_event_and_concept(base: Path, tmp_path: Path) -> None:
    paths = stack(base, tmp_path, LOCAL_WORDS, LOCAL_RULE)
    layered, problems = check_layers(base, paths)

    assert problems == ()
    assert layered is not None
    visit = layered.ruleset.vocabulary.events["x_visit"]
    assert visit.fields["size"].codes == ("large", "small")
    assert "LO-01" in [rule.id for rule in layered.ruleset.rules]


LOCAL_WORDS = """\
enums: {x_size: [large, small]}
events: {x_visit: {means: A visit, fields: {size: code(x_size), of: ref(concern_raised)}}}
concepts:
  - concept: visited
    title: There was a visit
    holds_when: {recorded: x_visit, where: {size: large}}
    examples: []
"""
LOCAL_RULE = """\
rules:
  - rule: LO-01
    title: There is a visit
    kind: local
    severity: advice
    principles: [partnership]
    audit_questions: []
    cites: [{source: care-act, at: "s42"}]
    status: trial
    review_by: 2027-11-30
    each: concern_raised
    expect:
      all:
        - {concept: visited}
        - {recorded: x_visit, refers_to: this}
    prompt: {summary: "Was there a visit?", urgency: info, ask_at: [x_visit], roles: [worker]}
    finding: "A visit is not evidenced in the record."
    examples: []
"""


def test_a_team_lays_its_own_over_the_councils(base: Path, tmp_path: Path) -> None:
    raised = f"changes:\n  - {{rule: PL-01, severity: statutory, {WHY}}}\n"
    lowered = (
        f"changes:\n  - {{rule: PL-01, severity: advice, expires: 2026-06-30, {WHY}}}\n"
        f"  - {{rule: OF-01, enabled: true, {WHY}}}\n"
    )
    ruleset = laid(base, tmp_path, raised, lowered).ruleset

    assert rule_of(ruleset, "PL-01", "2026-06-30").severity == "advice"
    assert rule_of(ruleset, "PL-01", "2026-07-01").severity == "statutory"
    assert rule_of(ruleset, "OF-01", "2026-07-01").is_enabled


def test_a_published_number_binds_every_layer_above(base: Path, tmp_path: Path) -> None:
    def body(value: int) -> str:
        row = f"{{from: 2026-01-01, value: {value}, basis: local, source: x}}"
        return f"changes:\n  - {{rule: FL-01, parameters: {{within: [{row}]}}, {WHY}}}\n"

    looser = stack(base, tmp_path / "a", body(2), body(5))
    too_loose = stack(base, tmp_path / "b", body(2), body(5)[:-1].replace("5,", "6,") + "\n")

    assert check_layers(base, looser)[1] == ()
    assert [str(one) for one in check_layers(base, too_loose)[1]] == [
        "layer-2.yaml:9:32: FL-01 is a floor: within is 5; 6 (from 2026-01-01 on) "
        "would ask for less"
    ]


# Properties, over seeded random overlays.


def essence(ruleset: Ruleset) -> object:
    """What a ruleset asks for, without the places of its words."""

    def of(rule: Rule) -> object:
        parameters = {name: one.values for name, one in rule.parameters.items()}
        parts = (rule.id, rule.severity, rule.is_enabled, rule.applies_when, rule.expect)
        rest = (rule.due, rule.explained_when, rule.cannot_tell_when, rule.if_none)
        days = tuple((day, of(form)) for day, form in rule.earlier)
        return (parts, rest, parameters, rule.newest_from, days)

    filters = {(f.name, f.rule, f.condition, f.before, f.days) for f in ruleset.filters}
    waivers = {(w.name, w.rules, w.teams, w.agencies) for w in ruleset.waivers}
    return ([of(rule) for rule in ruleset.rules], filters, waivers)


@pytest.mark.parametrize("seed", range(effort.of(4, thorough=60)))
def test_layers_one_after_the_other_are_one_merged_layer(
    base: Path, tmp_path: Path, seed: int
) -> None:
    random_ = random.Random(seed)
    entries = random_entries(random_)
    cut = random_.randint(1, len(entries) - 1)
    apart = laid(base, tmp_path / "apart", as_body(entries[:cut]), as_body(entries[cut:]))
    merged = laid(base, tmp_path / "merged", as_body(entries))

    assert essence(apart.ruleset) == essence(merged.ruleset)


def floor_changes(random_: random.Random) -> Iterator[str]:
    """Overlays on the floor that try whatever they like."""
    rows = {
        "within": str(random_.randint(0, 9)),
        "times": str(random_.randint(1, 3)),
        "reasons": random_.choice(["[unsafe]", "[other]", "[unsafe, other, adult_declined]"]),
    }
    for name, value in rows.items():
        basis = random_.choice(["local", "published", "assumed"])
        day = date(2026, 1, 1) + timedelta(days=random_.randrange(200))
        row = f"{{from: {day}, value: {value}, basis: {basis}, source: x}}"
        if random_.random() < 0.6:
            yield f"  - {{rule: FL-01, parameters: {{{name}: [{row}]}}, {WHY}}}\n"
    if random_.random() < 0.4:
        severity = random_.choice(["prompt", "advice", "flag", "statutory"])
        yield f"  - {{rule: FL-01, severity: {severity}, expires: 2026-05-31, {WHY}}}\n"
    if random_.random() < 0.2:
        yield f"  - {{rule: FL-01, enabled: false, expires: 2026-05-31, {WHY}}}\n"
    if random_.random() < 0.3:
        words = "revision: 1, summary: 'Any word?', finding: 'A word is not evidenced.'"
        yield f"  - {{rule: FL-01, {words}, from: 2026-04-15, {WHY}}}\n"
    if random_.random() < 0.1:
        yield f"  - {{rule: FL-01, accepts: [adult_declined], from: 2026-04-15, {WHY}}}\n"


def floor_case(random_: random.Random) -> Case:
    start = date(2026, 3, 2) + timedelta(days=random_.randrange(40))

    def later(days: int) -> str:
        return (start + timedelta(days=random_.randrange(days))).isoformat()

    earlier = {"earlier_concerns_6_months": 0}
    events: list[tuple[str, dict[str, object]]] = [
        ("concern_raised", {"id": "e1", "occurred": start.isoformat(), **earlier})
    ]
    for _ in range(random_.randrange(4)):
        asked = random_.choice(["asked_expressed", "not_asked"])
        events.append(("outcomes_conversation", {"occurred": later(12), "asked": asked}))
    if random_.random() < 0.4:
        code = random_.choice(["unsafe", "other", "adult_declined"])
        body: dict[str, object] = {"occurred": later(9), "rule": "FL-01", "code": code, "text": "x"}
        events.append(("explanation", body))
    return case_of(*events)


def is_weaker(before: str, after: str | None) -> bool:
    """Whether a finding of the floor is gone."""
    return before in FINDINGS and after not in FINDINGS


def is_what_the_floor_itself_says_of_less(
    before: Answer, after: Answer, one: Case, as_of: Cutoff, floor: Engine
) -> bool:
    """Whether a stricter count left late evidence incomplete, and an accepted reason explains.

    That is no weakening: the floor, on its own, says `explained` of the same case with no evidence
    at all, so the reason is one of its own and stands. To refuse it would be to refuse every
    stricter count of a rule that accepts reasons. It is the only finding that may be lost so.
    """
    if (before.verdict, after.verdict) != (Verdict.MET_LATE, Verdict.EXPLAINED):
        return False
    events = tuple(event for event in one.events if event.id not in before.evidence)
    answers = floor.evaluate(one._replace(events=events), as_of).answers
    return next(a.verdict for a in answers if a.rule == "FL-01") == Verdict.EXPLAINED


@pytest.mark.fuzz
def test_an_overlay_never_weakens_a_floor(base: Path, tmp_path: Path) -> None:
    plain = load_layers(base).ruleset
    below = top_layer(base)
    unchanged = Engine(plain, matcher="python")
    accepted = refused = findings = 0
    for seed in range(effort.of(40, thorough=400)):
        random_ = random.Random(seed)
        body = "".join(floor_changes(random_))
        overlay = write_overlay(tmp_path, "town", below, f"changes:\n{body}" if body else "")
        layered, problems = check_layers(base, [overlay])
        if layered is None:
            refused += 1
            assert all("is a floor" in problem.message for problem in problems)
            continue
        accepted += 1
        engine = Engine(layered.ruleset, matcher="python")
        for _ in range(15):
            one = floor_case(random_)
            day = date(2026, 3, 5) + timedelta(days=random_.randrange(99))
            as_of = parse_as_of(day.isoformat())
            before, after = (
                next(a for a in each.evaluate(one, as_of).answers if a.rule == "FL-01")
                for each in (unchanged, engine)
            )
            findings += before.verdict in FINDINGS
            assert Severity(after.severity).rank >= Severity(before.severity).rank
            if is_what_the_floor_itself_says_of_less(before, after, one, as_of, unchanged):
                assert "{times:" in body
                continue
            assert not is_weaker(before.verdict, after.verdict), (seed, body)
    assert min(accepted, refused, findings) >= 10


@pytest.mark.parametrize(
    ("code", "as_floor", "stricter", "without_evidence"),
    [
        pytest.param("other", "met_late", "explained", "explained", id="a reason of the floor"),
        pytest.param("adult_declined", "met_late", "not_met", "not_met", id="another reason"),
    ],
)
def test_a_stricter_count_explains_only_what_the_floor_explains_of_nothing(
    base: Path, tmp_path: Path, code: str, as_floor: str, stricter: str, without_evidence: str
) -> None:
    row = "{from: 2026-01-01, value: 3, basis: local, source: x}"
    body = f"changes:\n  - {{rule: FL-01, parameters: {{times: [{row}]}}, {WHY}}}\n"
    plain, above = load_layers(base).ruleset, laid(base, tmp_path, body).ruleset
    concern = {"id": "e1", "occurred": "2026-03-02", "earlier_concerns_6_months": 0}
    reason = {"occurred": "2026-03-12", "rule": "FL-01", "code": code, "text": "x"}
    late = [
        ("outcomes_conversation", {"occurred": day, "asked": "asked_expressed"})
        for day in ("2026-03-03", "2026-03-11")
    ]
    told = [("concern_raised", concern), ("explanation", reason)]

    assert verdicts(plain, case_of(*told, *late), "2026-06-01")["FL-01"] == as_floor
    assert verdicts(above, case_of(*told, *late), "2026-06-01")["FL-01"] == stricter
    assert verdicts(plain, case_of(*told), "2026-06-01")["FL-01"] == without_evidence


def test_an_answer_says_that_it_may_change_when_a_local_change_ends(
    base: Path, tmp_path: Path
) -> None:
    when = "{this: {source: police}}"
    body = (
        f"changes:\n  - {{rule: OF-01, enabled: true, from: 2026-06-01, {WHY}}}\n"
        f"filters:\n  - {{name: f, rules: PL-01, when: {when}, expires: 2026-06-30, {WHY}}}\n"
    )
    engine = Engine(laid(base, tmp_path, body).ruleset, matcher="python")

    def changes(as_of: str) -> tuple[int | None, int | None]:
        outcome = engine.evaluate(ASKED_ON_DAY_4, parse_as_of(as_of))
        (answer,) = (one for one in outcome.answers if one.rule == "PL-01")
        return outcome.changes_at, answer.changes_at

    june, july = day_start(date(2026, 6, 1).toordinal()), day_start(date(2026, 7, 1).toordinal())
    assert changes("2026-05-20") == (june, july)
    assert changes("2026-06-30") == (july, july)
    assert july not in changes("2026-07-01")


def test_a_filter_is_kept_beside_what_the_rule_asked_before_any_filter(
    base: Path, tmp_path: Path
) -> None:
    first = f"{{name: f, rules: PL-01, when: {{this: {{source: police}}}}, {END}, {WHY}}}"
    second = f"{{name: g, rules: PL-01, when: {{recorded: s42_decided}}, {END}, {WHY}}}"
    plain = rule_of(laid(base, tmp_path / "plain").ruleset, "PL-01", "2026-01-01")

    found = laid(base, tmp_path, f"filters: [{first}]\n", f"filters: [{second}]\n").ruleset

    rule = rule_of(found, "PL-01", "2026-01-01")
    assert isinstance(rule.applies_when, AllOf)
    assert rule.applies_when.of == (
        plain.applies_when,
        *(NoneOf(of=(one.condition,)) for one in found.filters),
    )
    assert plain.if_none is not None
    assert [(one.name, one.before, one.before_if_none) for one in found.filters] == [
        ("f", plain.applies_when, None),
        ("g", plain.applies_when, plain.if_none.applies_when),
    ]


def test_a_rule_of_another_name_than_its_file_is_one_mistake_in_plain_words(
    base: Path, tmp_path: Path
) -> None:
    copied = tmp_path / base.name
    shutil.copytree(base, copied)
    file = min((copied / "rules").iterdir())
    named = file.stem
    file.write_text(file.read_text("utf-8").replace(f"rule: {named}", "rule: EX-99", 1), "utf-8")

    layered, problems = check_layers(copied)

    said = [str(one) for one in problems if not one.is_warning]
    assert layered is None
    assert said == [
        f'{base.name}/rules/{file.name}:1:1: the rule is called "EX-99", but its file "{named}"; '
        "rename one of the two"
    ]
    with pytest.raises(RulesetInvalid, match="rename one of the two"):
        load_layers(copied)
