"""Compares what an adapter says that its host can deliver with what its samples hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary, read_supply, words_of
from msp_rules.errors import MspRulesError
from msp_rules.intake.live_event_schema import message_type
from msp_rules.prompts.conformance.report import CheckResult, CheckStatus
from msp_rules.prompts.conformance.walks import Message

_ASKS: Final = "do the samples hold what it says that its host supplies, and nothing else?"
_MOST: Final = 20


def supply_check(
    words: Sequence[str] | None, messages: Iterable[Message], vocabulary: Vocabulary
) -> CheckResult:
    """Checks that what is said occurs in the samples, and that nothing else does."""
    if words is None:
        examined = "it has no msp_supplies: a desk counts everything as supplied"
        return CheckResult(
            name="supply", asks=_ASKS, status=CheckStatus.NOT_APPLICABLE, examined=examined
        )
    try:
        supply = read_supply(words, vocabulary, "msp_supplies")
    except MspRulesError as error:
        return _result(len(words), [str(error)])
    seen = _occurring(messages, vocabulary)
    findings = []
    for word in sorted(seen):
        kind, _, name = word.partition(".")
        if not (supply.has_field(kind, name) if name else supply.has_type(kind)):
            findings.append(f"the samples hold {word}, which msp_supplies does not say")
    said = words_of(supply)
    for word in sorted(said - seen):
        findings.append(f"msp_supplies says {word}, which no sample holds")
    for kind in sorted(supply.types & seen):
        lacking = [name for name in vocabulary.events[kind].fields if f"{kind}.{name}" not in seen]
        if lacking:
            findings.append(
                f"msp_supplies says {kind} with all its fields, and no sample holds "
                f"{', '.join(lacking)}: say single fields, as {kind}.{lacking[0]}, or add samples"
            )
    return _result(len(words), findings)


def _result(count: int, findings: Sequence[str]) -> CheckResult:
    status = CheckStatus.FAILED if findings else CheckStatus.PASSED
    shown = list(findings)
    if len(shown) > _MOST:
        shown[_MOST:] = [f"and {len(shown) - _MOST} more"]
    return CheckResult(
        name="supply", asks=_ASKS, status=status, examined=f"{count} words", findings=tuple(shown)
    )


def _occurring(messages: Iterable[Message], vocabulary: Vocabulary) -> frozenset[str]:
    """Finds each type of the samples, and each field with anything in it."""
    kinds = {message_type(name): name for name in vocabulary.events}
    found: set[str] = set()
    for message in messages:
        kind, data = kinds.get(str(message.get("type"))), message.get("data")
        if kind is None or not isinstance(data, dict):
            continue
        found.add(kind)
        fields = vocabulary.events[kind].fields
        found |= {f"{kind}.{name}" for name in data if name in fields and data[name]}
    return frozenset(found)
