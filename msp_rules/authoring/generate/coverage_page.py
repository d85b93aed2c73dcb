"""Writes the coverage page: each expectation of the founding document, and what answers it here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from msp_rules.authoring.generate.rule_catalogue import GENERATED, rule_link
from msp_rules.rules.expectations import ANSWERS, Coverage, Expectation, Measure
from msp_rules.rules.language.rule import Reading, Ruleset
from msp_rules.rules.language.wording import source_in_words


def coverage_page(coverage: Coverage, ruleset: Ruleset) -> str:
    """Writes the page as Markdown, the same text for the same files."""
    off = {rule.id for rule in ruleset.rules if not rule.is_enabled}
    lines = [GENERATED, "", *_introduction(coverage, ruleset, off).splitlines()]
    for at, rows in groupby(coverage.expectations, key=lambda row: row.at):
        lines += ["", f"## {at[0].upper()}{at[1:]}", "", "| id | expectation | guidance | answer |"]
        lines += ["|---|---|---|---|", *(_row(row, coverage, off) for row in rows)]
    lines += ["", "## Rules that rest on more than this document", ""]
    for beyond in coverage.beyond:
        lines.append(f"- {_rules(beyond.rules, off)}: {beyond.why}")
    lines += ["", *_measures(coverage, off), *_reasons(ruleset)]
    return "\n".join(lines) + "\n"


_INTRODUCTION: Final = """\
# What is covered, and what is not

Each expectation that this project reads in *{document}*, in its own words, and
what answers it in `{id}` {version}. A rule can only show what is evidenced in the record: it never
shows that practice was good, and the document asks for much that no case record holds. Paragraphs
are those of *{guidance}*{quoted}.

| answer | meaning | expectations |
|---|---|---|
| rules | the rules named look for it in the record; a remark says what they leave out | {rules} |
| measure | a number over many cases, not a verdict on one | {measure} |
| shown | the result of each case shows what the record says, and judges nothing | {shown} |
| needs a person | not checked here: somebody has to judge it | {needs_a_person} |
| board evidence | not checked here: it shows in what boards do | {board_evidence} |

Of {all} expectations, {answered} are answered by rules; {only_off} of these only by rules that are
**switched off at first**, which look at nothing until a council switches them on. {made}
"""


def _introduction(coverage: Coverage, ruleset: Ruleset, off: set[str]) -> str:
    rows = coverage.expectations
    counts = Counter(_kind(row) for row in rows)
    return _INTRODUCTION.format(
        document=source_in_words(coverage.document, ruleset),
        guidance=source_in_words(coverage.guidance, ruleset),
        quoted=_quoted(coverage, ruleset),
        id=ruleset.id,
        version=ruleset.version,
        all=len(rows),
        answered=counts["rules"],
        only_off=sum(1 for row in rows if row.rules and off.issuperset(row.rules)),
        made=_how_many_made(coverage),
        **{answer: counts[answer] for answer in ANSWERS},
    )


def _how_many_made(coverage: Coverage) -> str:
    measures = coverage.measures.values()
    made = sum(1 for measure in measures if measure.is_made)
    if made == len(measures):
        said = f"measures named, all {made} are made by this version; each says by which command."
        return f"Of the\n{said}"
    said = (
        f"{len(measures)} measures named are made by this version; the others are not counted yet."
    )
    return f"{made} of the\n{said}"


def _kind(row: Expectation) -> str:
    return next(answer for answer in ANSWERS if getattr(row, answer))


def _row(row: Expectation, coverage: Coverage, off: set[str]) -> str:
    answer = _answer(row, coverage, off)
    if row.note is not None:
        answer = f"{answer} {row.note}"
    return f"| {row.id} | {row.says} | {', '.join(row.guidance)} | {answer} |"


def _answer(row: Expectation, coverage: Coverage, off: set[str]) -> str:
    if row.measure is not None:
        measure = coverage.measures[row.measure]
        return f"Measure: [{measure.title}](#{measure.id}), {_made(measure)}."
    if row.shown is not None:
        return f"Shown, not judged: {row.shown}"
    if row.needs_a_person is not None:
        return f"Needs a person, not checked here: {row.needs_a_person}"
    if row.board_evidence is not None:
        return f"Board evidence, not checked here: {row.board_evidence}"
    return f"{_rules(row.rules, off)}."


def _rules(rules: tuple[str, ...], off: set[str]) -> str:
    """Writes links to rules; one that is switched off says so."""
    return ", ".join(
        f"{rule_link(rule)}{' (switched off at first)' if rule in off else ''}" for rule in rules
    )


def _measures(coverage: Coverage, off: set[str]) -> Iterator[str]:
    yield from ("## Measures", "")
    for measure in coverage.measures.values():
        counted = f"from the verdicts of {_rules(measure.counts, off)}" if measure.counts else ""
        source = counted or "from what the export and the results hold"
        yield f'- <a id="{measure.id}"></a>{measure.title}: {_made(measure)}; {source}.'


def _quoted(coverage: Coverage, ruleset: Ruleset) -> str:
    source = ruleset.cited.get(coverage.guidance)
    if source is None or source.read is not Reading.SECOND_HAND:
        return ""
    by = source.quoted_by
    quoting = f"*{source_in_words(by, ruleset)}*" if by is not None else "other sources"
    return f", as quoted by {quoting}, not read"


def _reasons(ruleset: Ruleset) -> Iterator[str]:
    """Writes why each rule asks, where it says so in its own words."""
    rows = [f"- {rule_link(rule.id)}: {rule.why}" for rule in ruleset.rules if rule.why is not None]
    if rows:
        yield from ("", "## Why the rules ask", "", *rows)


def _made(measure: Measure) -> str:
    if not measure.is_made:
        return "not made by this version"
    by = ", ".join(_command(one) for one in measure.by)
    return f"made by this version ({by})" if by else "made by this version"


def _command(words: str) -> str:
    """Marks the command of such words as "measures M1"."""
    command, _, part = words.partition(" ")
    return f"`{command}` {part}".rstrip()
