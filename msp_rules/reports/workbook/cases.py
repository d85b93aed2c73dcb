"""Makes the rows of one case for the workbook, in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from msp_rules.audit.case_audit import CaseResult
from msp_rules.audit.case_audit.facts import CaseFacts
from msp_rules.audit.case_audit.grid import Grid
from msp_rules.audit.case_audit.principles import PrincipleEvidence
from msp_rules.audit.case_audit.wellbeing import Wellbeing
from msp_rules.audit.practice_tally import move_of
from msp_rules.audit.supply import lacked_by
from msp_rules.casework.moments import iso_date
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.reports.document import listed
from msp_rules.reports.html.case import colour_shown, owner_in_words
from msp_rules.reports.labels import (
    FOR_REVIEW,
    MOST_NAMED,
    QUESTIONS,
    VERDICTS,
    RuleWords,
    answer_limit_in_words,
    explanation,
    missing_in_words,
    others_in_words,
)
from msp_rules.reports.practice_labels import (
    RANK_WEIGHTS,
    course_in_words,
    domain_in_words,
    move_in_words,
    sign_in_words,
    weights_in_words,
)
from msp_rules.rules.language.wording import bare_event_noun, code_label, field_label


def xlsx_rows(result: CaseResult, *, words: Mapping[str, RuleWords], all_rows: bool) -> bytes:
    """Writes a case as JSON, after the weight of what is not evidenced and a blank.

    Its row on "Look first", its row on Cases, and those of its verdicts.
    """
    colours = []
    for question in QUESTIONS:
        rating = result.findings.audit[question]
        colour = colour_shown(rating)
        is_suggested = rating.suggestion is not None and colour != "none"
        colours.append(f"{colour} (suggested)" if is_suggested else colour)
    missing = [
        one for one in result.answers if one.verdict is Verdict.NOT_MET and one.waived is None
    ]
    counts = Counter(one.severity for one in missing)
    not_evidenced = weights_in_words(counts)
    went_well = "; ".join(sign_in_words(name) for name in result.findings.practice)
    owner = [code_label(result.owner[0]), result.owner[1]]
    case = [result.case, *owner, result.answered, result.not_applicable, *colours]
    case += [*_facts(result.facts), not_evidenced or None, went_well or None]
    case += [*_wellbeing(result.findings.wellbeing), _on_the_grid(result.findings.grid)]
    case += [_principles(result.findings.principles), None, None]
    rows = [
        [result.case, *owner, *_verdict(answer, words[answer.rule])]
        for answer in listed(result.answers, all_rows=all_rows)
    ]
    weight = sum(RANK_WEIGHTS[one.severity] for one in missing)
    first = _look_first(result, missing, not_evidenced, words)
    return b"%d %s" % (weight, orjson.dumps([first, case, rows]))


def _look_first(
    result: CaseResult,
    missing: list[Answer],
    not_evidenced: str,
    words: Mapping[str, RuleWords],
) -> list[Any]:
    """Gives the row of a case among those to look at first."""
    ask = ""
    if missing:
        rule = min(missing, key=lambda one: (-RANK_WEIGHTS[one.severity], one.rule)).rule
        ask = f"{words[rule].ask} ({rule})"
    course = f"{course_in_words(result.facts)}; held by {owner_in_words(*result.owner)}"
    return ["Case", result.case, len(missing), None, not_evidenced, course, ask, None, None]


def _facts(facts: CaseFacts) -> list[Any]:
    days = [iso_date(day) if day else None for day in (facts.concern, facts.decided, facts.closed)]
    result = code_label(facts.result) if facts.result else None
    enquiry = code_label(facts.enquiry) if facts.enquiry else None
    return [days[0], days[1], result, enquiry, days[2], facts.days]


def _wellbeing(found: Wellbeing | None) -> list[Any]:
    """Counts wanted outcomes: all, beyond protection, without a domain, and by domain."""
    if found is None or not found.outcomes:
        return [None, None, None, None]
    domains = [f"{domain_in_words(name)} {len(ids)}" for name, ids in found.domains.items()]
    counts = [found.outcomes, found.beyond_protection, len(found.untagged)]
    return [*counts, "; ".join(domains) or None]


def _on_the_grid(grid: Grid | None) -> str | None:
    """Writes the two ends of a movement on the grid; None without one."""
    if grid is None or grid.movement is None:
        return None
    return " to ".join(move_in_words(move_of(grid)))


def _principles(found: Mapping[str, PrincipleEvidence]) -> str | None:
    """Counts the evidence for each principle: "empowerment 3 of 4"; None where nothing was due."""
    parts = [
        f"{name} {row.met + row.explained} of {row.of}" for name, row in found.items() if row.of
    ]
    return "; ".join(parts) or None


def _missing(answer: Answer) -> str | None:
    """Lists what would have settled a "cannot tell", in the words of the sheet Cannot tell."""
    if answer.verdict is not Verdict.CANNOT_TELL or answer.waived is not None:
        return None
    return "; ".join(lacked_in_words(event, name) for event, name in lacked_by(answer)) or None


def lacked_in_words(event: str, name: str) -> str:
    """Names a kind of record that was missing, with its field where it is about one."""
    noun = bare_event_noun(event)
    return f"{noun}: {field_label(name)}" if name else noun


def _evidence(ids: Sequence[str]) -> str:
    """Lists the ids of events: as many as the page names, and how many more there are."""
    named = ids[:MOST_NAMED]
    others = len(ids) - len(named)
    return " ".join([*named, others_in_words(others)] if others else named)


def _verdict(answer: Answer, words: RuleWords) -> list[Any]:
    return [
        answer.rule,
        answer.subject,
        VERDICTS[answer.verdict],
        answer.severity,
        answer.colour,
        answer.due.text if answer.due is not None else None,
        _evidence(answer.evidence),
        explanation(answer, words),
        missing_in_words(answer.missing),
        " / ".join(answer.waived) if answer.waived is not None else None,
        answer_limit_in_words(answer),
        _missing(answer),
        words.ask if answer.verdict in FOR_REVIEW and answer.waived is None else None,
        None,
    ]
