"""Reads from a memory each time that prompts were asked, and what workers said to them."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, func, select

from msp_rules.casework.moments import parse_moment
from msp_rules.prompts.documents import read, read_or_none
from msp_rules.prompts.prompt import FeedbackKind, FeedbackStatus, PromptState
from msp_rules.prompts.rule_health import Asking, AskingKey, SaidToPrompt
from msp_rules.prompts.store.database import Database
from msp_rules.prompts.store.rows import read_document
from msp_rules.prompts.store.tables import askings, feedback, prompts

_ENDED: Final = (PromptState.RESOLVED.value, PromptState.WITHDRAWN.value)
_KEY: Final = ("case_id", "rule", "subject", "generation")


class AskingsRead(NamedTuple):
    """The askings of a memory since an instant, and the prompts that are open now."""

    askings: tuple[Asking, ...]
    """The askings that began at the instant or later."""
    open_prompts: dict[str, int]
    """The number of prompts that the record leaves open, by rule."""


def read_askings(database: Database, since: int) -> AskingsRead:
    """Reads the askings that began at an instant or later, as of one moment."""

    def work(connection: Connection) -> AskingsRead:
        said = _said(connection, since)
        query = select(askings).where(askings.c.raised_at >= since)
        rows = connection.execute(query.order_by(askings.c.generation)).all()
        newest = {(row.case_id, row.rule, row.subject): row.generation for row in rows}
        found = tuple(
            Asking(
                key=(key := AskingKey(row.case_id, row.rule, row.subject, row.generation)),
                raised_at=row.raised_at,
                ended_at=row.ended_at,
                ending=row.ending,
                was_asked_again=row.generation < newest[row.case_id, row.rule, row.subject],
                said=tuple(said.get(key, ())),
            )
            for row in rows
        )
        standing = (
            select(prompts.c.rule, func.count())
            .where(prompts.c.state.not_in(_ENDED))
            .group_by(prompts.c.rule)
        )
        return AskingsRead(
            found, {str(rule): count for rule, count in connection.execute(standing)}
        )

    return database.read(work)


def _said(connection: Connection, since: int) -> dict[AskingKey, list[SaidToPrompt]]:
    is_of = and_(*(feedback.c[name] == askings.c[name] for name in _KEY))
    query = (
        select(*(feedback.c[name] for name in _KEY), feedback.c.heard_as, feedback.c.content)
        .select_from(feedback.join(askings, is_of))
        .where(askings.c.raised_at >= since)
    )
    found: dict[AskingKey, list[SaidToPrompt]] = {}
    for *key, heard_as, content in connection.execute(query):
        found.setdefault(AskingKey(*key), []).append(_one(heard_as, content))
    return found


def _one(heard_as: str, content: str) -> SaidToPrompt:
    document = read_document(content)
    return SaidToPrompt(
        at=parse_moment(read(document, "at", str)).instant,
        id=read(document, "id", str),
        kind=FeedbackKind(read(document, "kind", str)),
        code=read_or_none(document, "code", str),
        is_heard=heard_as == FeedbackStatus.HEARD.value,
    )
