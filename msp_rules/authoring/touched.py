"""Which rules a change touches: only their answers can differ between two rulesets.

An answer follows from the case, the moment, the rule's own forms with what suspends them, and the
settings of the ruleset; waivers then set some aside. Where all of these are the same, so is the
answer, and it needs to be worked out once only.
"""

from __future__ import annotations

from dataclasses import replace

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import MspRulesError
from msp_rules.rules.local import Waiver
from msp_rules.rules.meaning import meaning_of
from msp_rules.rules.rule import Rule, Ruleset


def touched_rules(before: Ruleset, after: Ruleset) -> frozenset[str]:
    """The ids of all rules whose answers may differ, those that only one ruleset has included."""
    every = {rule.id for ruleset in (before, after) for rule in ruleset.rules}
    if before.settings != after.settings:
        return frozenset(every)
    old, new = _grounds(before), _grounds(after)
    return frozenset(name for name in every if old.get(name) != new.get(name))


def _grounds(ruleset: Ruleset) -> dict[str, tuple[object, ...]]:
    """What the answers of each rule follow from, by its id."""
    grounds: dict[str, tuple[object, ...]] = {}
    for rule in ruleset.rules:
        stops = [(s.when, s.limit_after) for s in ruleset.suspensions if rule.id not in s.keeps]
        waivers = [_scope(one) for one in ruleset.waivers if rule.id in one.rules]
        grounds[rule.id] = (*_forms(rule), stops, waivers)
    return grounds


def _forms(rule: Rule) -> tuple[object, ...]:
    earlier = [(day, meaning_of(form)) for day, form in rule.earlier]
    return meaning_of(rule), rule.newest_from, earlier


def _scope(waiver: Waiver) -> tuple[object, ...]:
    """What a waiver sets aside; its reasons change no answer."""
    return (
        waiver.reasons.layer,
        waiver.name,
        waiver.teams,
        waiver.agencies,
        waiver.reasons.period,
    )


def words_of_both(before: Ruleset, after: Ruleset) -> Vocabulary:
    """The vocabulary by which exports are read: what either ruleset knows.

    Raises MspRulesError where both have a local word and do not mean the same by it.
    """
    core = core_vocabulary()
    one, other = before.vocabulary or core, after.vocabulary or core
    pairs = (("event type", one.events, other.events), ("list of codes", one.enums, other.enums))
    for what, old, new in pairs:
        for name in old.keys() & new.keys():
            if old[name] != new[name]:
                raise MspRulesError(
                    f'the {what} "{name}" is not the same before and after, so no export can be '
                    "read for both; give the new one a name of its own"
                )
    return replace(one, enums={**one.enums, **other.enums}, events={**one.events, **other.events})


def only(ruleset: Ruleset, names: frozenset[str]) -> Ruleset:
    """The ruleset with these rules alone; what is set for all of them stays."""
    return replace(ruleset, rules=tuple(rule for rule in ruleset.rules if rule.id in names))
