"""Gathers what the templates of the page show: counts in rows, and the words around them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from msp_rules.audit.assumed import assumption_rows, words_around_events
from msp_rules.audit.case_audit.grid import MOVEMENTS
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.audit.exceptions import exceptions_at_work
from msp_rules.audit.manifest import manifest, pseudonyms_said
from msp_rules.audit.result import ScanResult
from msp_rules.casework.moments import in_words
from msp_rules.reports.html.case import WEIGHTS, owner_in_words
from msp_rules.reports.html.grid import HEIGHT, WIDTH, drawn_moves
from msp_rules.reports.html.holdings import name_of
from msp_rules.reports.html.ids import case_anchor, id_class
from msp_rules.reports.html.index import MOST_DRAWN
from msp_rules.reports.html.records import CaseHead
from msp_rules.reports.labels import (
    APPLYING,
    COLOUR_WORDS,
    COLOURS,
    VERDICTS,
    rule_text,
    share,
    words_of,
)
from msp_rules.reports.practice_labels import (
    I_STATEMENTS,
    I_STATEMENTS_FROM,
    MOVEMENTS_IN_WORDS,
    NOT_COMPARED_IN_WORDS,
    POSITIONS,
    SAFER_BUT_LOWER,
    STAGES,
    WEIGHTS_EXPLAINED,
    counted,
    domain_in_words,
    judge_in_words,
    move_in_words,
    people_in_words,
    position_in_words,
    sign_in_words,
    weights_in_words,
)
from msp_rules.reports.rows import (
    FEW,
    MissingRow,
    OwnerRow,
    RuleRow,
    TypeRow,
    coverage_of,
    due_of,
    missing_rows,
    never_there,
    not_supplied,
    question_rows,
    ruleset_of,
    switched_off_rules,
    undeclared,
)
from msp_rules.reports.summary import Summary, summary_of
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from msp_rules.rules.language.rule import PRINCIPLES
from msp_rules.rules.language.wording import bare_event_noun, field_label

EVIDENCED: Final = "met_or_explained"
"""Stands for two verdicts in filters and addresses: evidenced, or explained."""
_MOST_FAULTS: Final = 200
_MOST_LACKING: Final = 3
_MOST_LOWERED: Final = 12
ON_PAPER: Final[Mapping[str, int]] = {
    **{"assumptions": 6, "first-cases": 6, "by-holder": 8, "by-unsure": 6},
    **{
        "by-fault": 5,
        "warned": 4,
        "inputs": 3,
        "local-changes": 5,
        "ending": 4,
        "by-waiver": 4,
        "by-filter": 4,
    },
}
"""The number of rows that the print for a board has of lists that can be long, by their ids."""
# The rest of the manifest is shown as it is.
_SHOWN: Final = (
    *("as_of", "engine", "ruleset", "layers", "switched_off"),
    *("changes", "ends", "waivers", "filters"),
    *("assumptions", "warnings"),
    *("calendar", "inputs", "mapping", "pseudonym_key", "complete"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The cases that the page holds."""

    count: int
    """Their number."""
    is_packed: bool
    """True where a script draws them."""
    ranked: tuple[CaseHead, ...]
    """Those with most to look at, which the first screen names."""
    cases: frozenset[str]
    """The ids of those with a fault."""
    lowered: tuple[CaseHead, ...]
    """Those that became safer, but with lower wellbeing."""
    all_rows: bool
    """True where answers that are not applicable are listed, too."""


def page_context(result: ScanResult, listing: Listing) -> Mapping[str, Any]:
    """Gives the values of all names in the templates but those of style and script."""
    tally, summary = result.tally, summary_of(result)
    return {
        **_words(result),
        **_counts(result, summary),
        **_practice(result),
        **_coverage(result),
        "holdings": _holdings(result, all_rows=listing.all_rows),
        **_manifest(result),
        "tally": tally,
        "summary": summary,
        "cases": tally.cases,
        "people": people_in_words(tally.people, tally.cases),
        "faults": tally.faults[:_MOST_FAULTS],
        "fault_count": len(tally.faults),
        "assumptions": [(row, *words_around_events(row)) for row in assumption_rows(result)],
        "ranked": listing.ranked,
        "listed": listing.count,
        "lowered": listing.lowered[:_MOST_LOWERED],
        "lowered_move": SAFER_BUT_LOWER,
        "listed_cases": listing.cases,
        "is_packed": listing.is_packed,
        "all_rows": listing.all_rows,
    }


def _words(result: ScanResult) -> Mapping[str, Any]:
    return {
        "verdicts": VERDICTS,
        "rated": APPLYING,
        "colours": COLOURS,
        "colour_words": COLOUR_WORDS,
        "weights": WEIGHTS_EXPLAINED,
        "stages": STAGES,
        "evidenced": EVIDENCED,
        "few": FEW,
        "paper": ON_PAPER,
        "most_drawn": MOST_DRAWN,
        "words": words_of(result.ruleset),
        "share": share,
        "counted": counted,
        "noun_of": lambda count, *nouns: counted(count, *nouns).partition(" ")[2],
        "noun": bare_event_noun,
        "label": field_label,
        "anchor": case_anchor,
        "id_class": id_class,
        "held": lambda row: owner_in_words(row.agency, row.team),
        "weights_in_words": lambda head: weights_in_words(
            dict(zip(WEIGHTS, head.counts, strict=True))
        ),
        "day": lambda day, without: in_words(date.fromisoformat(day)) if day else without,
        "in_words": lambda day: in_words(date.fromisoformat(day)),
    }


def _counts(result: ScanResult, summary: Summary) -> Mapping[str, Any]:
    totals, rules, owners = result.tally.verdicts, summary.rules, summary.owners
    top = owners[0] if owners and owners[0].facets["duty_or_flag"] else None
    return {
        "ruleset": result.ruleset,
        "rules": rules,
        "totals": totals,
        "due": due_of(totals),
        "questions": question_rows(result.tally),
        "first": summary.first,
        "top": top,
        "lacking": summary.lacking[:_MOST_LACKING],
        "unsure": [row for row in rules if row.counts["cannot_tell"]],
        "owners": owners,
        "by_question": _by_question(rules),
        "most_ruled": _most(rules),
        "most_held": _most(owners),
        "texts": [rule_text(row.rule, ruleset_of(result)) for row in rules],
    }


def _most(rows: Iterable[RuleRow | OwnerRow]) -> int:
    """Gives the length that bars are drawn against: the most answers of any row."""
    return max([1, *(row.due + row.counts.get("not_yet_due", 0) for row in rows)])


def _by_question(rules: Iterable[RuleRow]) -> list[tuple[str, list[RuleRow]]]:
    """Groups rules by the audit question that they colour first, the least evidenced first."""
    groups: dict[str, list[RuleRow]] = {code: [] for code in (*AUDIT_QUESTIONS, "")}
    for row in rules:
        groups[next(iter(row.rule.audit_questions), "")].append(row)
    return [(_about(code), sorted(rows, key=_share_first)) for code, rows in groups.items() if rows]


def _about(code: str) -> str:
    return f"{code} {AUDIT_QUESTIONS[code].label}" if code else "Of no audit question"


def _share_first(row: RuleRow) -> tuple[float, str]:
    return -row.counts["not_met"] / max(row.due, 1), row.rule.id


def _practice(result: ScanResult) -> Mapping[str, Any]:
    practice, movements = result.tally.practice, result.tally.movements
    signs = [(name, sign_in_words(name), practice.signs.get(name, 0)) for name in PRACTICES]
    moved = [(name, MOVEMENTS_IN_WORDS[name], movements[name]) for name in MOVEMENTS]
    moves = [(move, *move_in_words(move), n) for move, n in sorted(practice.moves.items())]
    found = sorted((one for one in signs if one[2]), key=lambda one: -one[2])
    moved = [one for one in moved if one[2]]
    states = {"duty_or_flag": "a duty or a flag not evidenced", "practice": "something went well"}
    states["faulty"] = "part of the record could not be read"
    return {
        "signs": found,
        "principles": [
            (name, *practice.principles[name]) for name in PRINCIPLES if name in practice.principles
        ],
        "i_statements": I_STATEMENTS,
        "i_statements_from": I_STATEMENTS_FROM,
        "outcomes": {
            name: practice.outcomes.get(name, 0)
            for name in ("outcomes", "beyond_protection", "untagged")
        },
        "domains": [
            (name, domain_in_words(name), n) for name, n in sorted(practice.domains.items())
        ],
        "moves": moves,
        "grid_rows": _grid_rows(practice.moves),
        "grid_columns": [position_in_words(*one.split(" ")) for one in POSITIONS],
        "not_compared": [
            (name_of("grid", name), said, n)
            for name, said in NOT_COMPARED_IN_WORDS.items()
            if (n := movements[name])
        ],
        "lowered_count": practice.moves.get(SAFER_BUT_LOWER, 0),
        "judges": [
            (name_of("judged", role), judge_in_words(role), n)
            for role, n in sorted(practice.judges.items(), key=lambda one: (-one[1], one[0]))
        ],
        "drawing": drawn_moves(practice.moves),
        "drawing_size": (WIDTH, HEIGHT),
        "movements": moved,
        "states": [
            *STAGES.items(),
            *states.items(),
            *((name, f"on the grid: {said}") for name, said, _ in moved),
            *((move, f"from {first} to {latest}") for move, first, latest, _ in moves),
        ],
    }


def _grid_rows(moves: Mapping[str, int]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Lays out the sixteen moves: a row for each first position, with its latest ones."""
    rows = []
    for first in POSITIONS:
        cells = [(move, moves.get(move, 0)) for move in (f"{first} {one}" for one in POSITIONS)]
        rows.append((position_in_words(*first.split(" ")), cells))
    return rows


def _coverage(result: ScanResult) -> Mapping[str, Any]:
    rows = coverage_of(result)
    wanted: dict[str, dict[str, list[MissingRow]]] = {}
    for row in missing_rows(result):
        wanted.setdefault(row.rule, {}).setdefault(row.event, []).append(row)
    sources = result.tally.coverage.sources
    said = sum(count for words, count in sources.items() if words is not None)
    return {
        "coverage": rows,
        "says": said > 0,
        "sources": [
            (words, count) for words, count in ((True, said), (None, sources.get(None, 0))) if count
        ],
        "not_supplied": not_supplied(rows),
        "never_there": never_there(rows),
        "undeclared": undeclared(rows),
        "unmapped": sorted(result.tally.unmapped.items()),
        "wanted": wanted,
        "holding": name_of,
    }


def _holdings(result: ScanResult, *, all_rows: bool) -> list[tuple[str, str]]:
    """Lists the names of counts by which cases can be found, with their words."""
    tally = result.tally
    found = [
        (name_of("people"), "adult: named, and how many people these are"),
        (name_of("adult", "named"), "adult: named"),
        (name_of("adult", "not_named"), "adult: not named"),
        (name_of("supplies", "said"), "export: says what it supplies"),
        (name_of("supplies", "not_said"), "export: does not say what it supplies"),
        *_held(coverage_of(result)),
    ]
    for (event, name), _ in sorted(tally.coverage.lacking.items()):
        found.append((name_of("lacks", event, name), f"lacks: {_about_record(event, name)}"))
    for lack in missing_rows(result):
        name = name_of("missing", lack.rule, lack.event, lack.field)
        found.append((name, f"{lack.rule} lacks: {_about_record(lack.event, lack.field)}"))
    for domain in sorted(tally.practice.domains):
        found.append((name_of("domain", domain), f"outcomes: {domain_in_words(domain)}"))
    for part, said in (
        *(("all", "any"), ("beyond_protection", "beyond protection")),
        ("untagged", "no domain recorded"),
    ):
        found.append((name_of("outcomes", part), f"outcomes: {said}"))
    for name, said in NOT_COMPARED_IN_WORDS.items():
        if tally.movements[name]:
            found.append((name_of("grid", name), f"on the grid: {said}"))
    for role in sorted(tally.practice.judges):
        said = f"on the grid: judged by {judge_in_words(role)}"
        found.append((name_of("judged", role), said))
    if tally.unmapped:
        found.append((name_of("unmapped"), "did not map: any value"))
    for event, name in sorted(tally.unmapped):
        about = _about_record(event, name)
        found.append((name_of("unmapped", event, name), f"did not map: {about}"))
    for row in assumption_rows(result):
        if row.events and row.assumption.field is not None:
            about = _about_record(row.assumption.type, row.assumption.field)
            name = name_of("assumed", row.assumption.type, row.assumption.field)
            found.append((name, f"assumed: {about}"))
    return [*found, *_set_aside(result, all_rows=all_rows)]


def _held(rows: Iterable[TypeRow]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.events:
            yield name_of("record", row.name), f"holds: {bare_event_noun(row.name)}"
        for one in row.fields:
            for kind, count, said in (
                *(("field", one.given, "holds"), ("withheld", one.withheld, "withholds")),
                ("unreadable", one.unreadable, "can't be read"),
            ):
                if count:
                    about = _about_record(row.name, one.name)
                    yield name_of(kind, row.name, one.name), f"{said}: {about}"


def _about_record(event: str, name: str) -> str:
    noun = bare_event_noun(event)
    return f"{noun}, {field_label(name)}" if name else noun


def _set_aside(result: ScanResult, *, all_rows: bool) -> Iterator[tuple[str, str]]:
    """Lists the names of what waivers and filters set aside, and of what does not apply."""
    tally = result.tally
    for one in exceptions_at_work(result):
        kind = "waiver" if one.is_waiver else "filter"
        yield name_of(kind, one.reasons.layer, one.name), f"{kind}: {one.name}"
    if tally.filtered:
        yield name_of("filtered"), "left out by any filter"
    for rule in sorted(tally.filtered_by_rule):
        yield name_of("filtered", rule), f"{rule} left out by filters"
    if not all_rows:
        yield name_of("not_applicable"), "any rule does not apply"
        for rule, counts in sorted(tally.by_rule.items()):
            if counts["not_applicable"]:
                yield name_of("not_applicable", rule), f"{rule} does not apply"


def _manifest(result: ScanResult) -> Mapping[str, Any]:
    body = manifest(result)
    return {
        "manifest": body,
        "overlays": [one for one in body["layers"] if one["id"] != body["ruleset"]["id"]],
        "more": {name: _plain(value) for name, value in body.items() if name not in _SHOWN},
        "pseudonyms": pseudonyms_said(result.pseudonym_key) if result.pseudonym_key else None,
        "off": switched_off_rules(result),
    }


def _plain(value: Any) -> str:
    """Writes a part of the manifest for which the page has no words."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
