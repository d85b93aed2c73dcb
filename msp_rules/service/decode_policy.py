"""Decodes how long answers to prompts may silence them: the key `answers` of a tenant."""

from __future__ import annotations

from typing import Final

from msp_rules.errors import MspRulesError, SourceLocation
from msp_rules.prompts.policy import (
    DEFAULT_POLICY,
    AnswerLimits,
    FeedbackPolicy,
    policy_of,
)
from msp_rules.yaml_source.decode import (
    WORD,
    Context,
    Field,
    Found,
    Record,
    Shape,
    checked,
    one_of,
    optional_or,
)
from msp_rules.yaml_source.json_schema import Schema

NEVER: Final = "never"
"""The word for a question that does not come back by time alone."""
_MOST: Final = 250


def whole(least: int, most: int) -> Shape[Context, int]:
    """Takes a whole number between two bounds, both included."""

    def check(word: str, where: SourceLocation, context: Context) -> int:
        if not word.isascii() or not word.isdigit() or not least <= int(word[:12]) <= most:
            context.refuse(where, "number", f"must be a whole number from {least} to {most}")
        return int(word)

    schema: Schema = {
        "anyOf": [
            {"type": "integer", "minimum": least, "maximum": most},
            {"type": "string", "pattern": r"^[0-9]+$"},
        ]
    }
    return checked(WORD, check).described(schema)


def _days_or_never() -> Shape[Context, int | None]:
    days = whole(1, _MOST)

    def check(word: str, where: SourceLocation, context: Context) -> int | None:
        if word == NEVER:
            return None
        is_number = word.isascii() and word.isdigit() and 1 <= int(word[:12]) <= _MOST
        if not is_number:
            message = f"must be a whole number from 1 to {_MOST}, or {NEVER}"
            context.refuse(where, "number", message)
        return int(word)

    return Shape(
        checked(WORD, check).read,
        lambda context: {"anyOf": [days.schema(context), {"const": NEVER}]},
    )


def _limits_of(urgency: str) -> Field[Context, AnswerLimits]:
    usual = DEFAULT_POLICY.of(urgency)
    needs = optional_or(
        "needs_reason",
        one_of("word", ("yes", "no")).then(lambda word: word == "yes"),
        usual.needs_reason,
    )
    put_off = optional_or("put_off_days", whole(1, _MOST), usual.put_off_days)
    returns = optional_or("returns_after_days", _days_or_never(), usual.returns_after_days)
    parts = (needs, put_off, returns)
    record: Record[Context] = Record(what="the limits of an urgency", fields=parts)

    def read(found: Found[Context], context: Context) -> AnswerLimits:
        limits: dict[str, object] = {
            needs.key: found[needs],
            put_off.key: found[put_off],
            returns.key: found[returns],
        }
        try:
            return policy_of({urgency: limits}).of(urgency)
        except MspRulesError as error:
            context.refuse(found.block.where, "answers", str(error))

    return optional_or(urgency, record.shape(read), usual)


_CRITICAL: Final = _limits_of("critical")
_WARNING: Final = _limits_of("warning")
_INFO: Final = _limits_of("info")
_HOURS: Final = optional_or("promise_hours", whole(1, 120), DEFAULT_POLICY.promise_hours)
_DAYS: Final = optional_or("promise_days", whole(1, _MOST), DEFAULT_POLICY.promise_days)


def _policy(found: Found[Context], _: Context) -> FeedbackPolicy:
    return FeedbackPolicy(
        critical=found[_CRITICAL],
        warning=found[_WARNING],
        info=found[_INFO],
        promise_hours=found[_HOURS],
        promise_days=found[_DAYS],
    )


_RECORD: Final[Record[Context]] = Record(
    what="answers", fields=(_CRITICAL, _WARNING, _INFO, _HOURS, _DAYS)
)
ANSWERS: Final = optional_or("answers", _RECORD.shape(_policy), DEFAULT_POLICY)
"""The field of a tenant that says how long answers hold."""
