"""The rule catalogue: an index, and a page for each group of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msp_rules.authoring.catalogue_words import GENERATED, GROUPS, INTRODUCTION, OTHERS, Group
from msp_rules.authoring.rule_section import bullets, rule_section
from msp_rules.rules.plain_names import code_in_words
from msp_rules.rules.rule import Rule, Ruleset, Settings
from msp_rules.rules.wording import anchor_in_words, limit_in_words


def catalogue_pages(ruleset: Ruleset) -> Mapping[str, str]:
    """The pages by path under `docs/`; the same text for the same ruleset."""
    grouped: dict[Group, list[Rule]] = {}
    for rule in ruleset.rules:
        grouped.setdefault(group_of(rule.id), []).append(rule)
    groups = [group for group in (*GROUPS, OTHERS) if group in grouped]
    pages = {"rules.md": _index(ruleset, {group: grouped[group] for group in groups})}
    for group in groups:
        lines = [GENERATED, "", f"# {group.title}", ""]
        lines += ["[All rules, and how to read them](../rules.md).", ""]
        for rule in grouped[group]:
            lines += [*rule_section(rule, ruleset), ""]
        pages[f"rules/{group.name}.md"] = "\n".join(lines)
    return pages


def group_of(rule_id: str) -> Group:
    """The group to which a rule belongs by the first word of its id."""
    prefix = rule_id.split("-")[0]
    return next((group for group in GROUPS if prefix in group.prefixes), OTHERS)


def rule_link(rule_id: str) -> str:
    """A link to a rule's section, as it stands on a page of `docs/`."""
    return f"[{rule_id}](rules/{group_of(rule_id).name}.md#{rule_id})"


def _index(ruleset: Ruleset, grouped: Mapping[Group, list[Rule]]) -> str:
    lines = [GENERATED, "", *_introduction(ruleset).splitlines(), "", "## All rules"]
    for group, rules in grouped.items():
        lines += ["", f"### [{group.title}](rules/{group.name}.md)", ""]
        lines += ["| rule | what it says | weight | audit questions |", "|---|---|---|---|"]
        lines += [_row(rule) for rule in rules]
    lines += ["", *_suspensions(ruleset), "", *_concepts(ruleset)]
    return "\n".join(lines) + "\n"


def _introduction(ruleset: Ruleset) -> str:
    settings = ruleset.settings
    codes = [code_in_words(code) for code in sorted(settings.temporary_codes)]
    temporary = f"Passing reasons ({', '.join(codes)})" if codes else "Passing reasons (none here)"
    return INTRODUCTION.format(
        title=ruleset.title,
        id=ruleset.id,
        version=ruleset.version,
        nation=ruleset.nation,
        count=len(ruleset.rules),
        off=len(ruleset.rules) - len(ruleset.enabled_rules),
        office_close=_clock(settings),
        temporary=temporary,
        longest=limit_in_words(settings.max_temporary_reason).split(" (")[0],
    )


def _clock(settings: Settings) -> str:
    minutes = settings.office_close // 60_000_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _row(rule: Rule) -> str:
    state = "" if rule.is_enabled else " (switched off at first)"
    questions = ", ".join(rule.audit_questions)
    return f"| {rule_link(rule.id)} | {rule.title}{state} | {rule.severity.value} | {questions} |"


def _suspensions(ruleset: Ruleset) -> Iterator[str]:
    yield "## When rules stop"
    for one in ruleset.suspensions:
        kept = ", ".join(rule_link(rule_id) for rule_id in sorted(one.keeps))
        yield from ("", f"### {one.name[0].upper()}{one.name[1:]}", "")
        yield from _on_index(bullets(one.when, ruleset))
        yield ""
        if one.limit_after is None:
            yield "Every rule stops."
        else:
            moment = anchor_in_words(one.limit_after)
            yield f"A rule stops if its limit falls on or after {moment}, or has not begun."
        yield f"These go on: {kept}." if kept else "None goes on."


def _concepts(ruleset: Ruleset) -> Iterator[str]:
    yield from ("## Conditions that several rules share", "")
    yield "Each holds where the record has what follows."
    for name, concept in sorted(ruleset.concepts.items()):
        yield from ("", f'<a id="{name}"></a>', f"### {concept.title}", "")
        yield from _on_index(bullets(concept.condition, ruleset))


def _on_index(lines: Iterator[str]) -> Iterator[str]:
    """Lines of a rule's page as they stand one folder higher."""
    for line in lines:
        yield line.replace("](../rules.md#", "](#")
