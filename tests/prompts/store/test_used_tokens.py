"""A token counts once, in whichever process; and what is expired is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event, func, select, text

from msp_rules.prompts.store import Memory
from msp_rules.prompts.store.tables import tokens
from msp_rules.prompts.store.used_tokens import UsedTokens

MINUTE = 60_000_000
ISSUER = "https://ehr.example.org"


def test_a_token_counts_once_whichever_process_it_comes_to(where: str) -> None:
    with Memory(where) as one, Memory(where) as other:
        first, second = UsedTokens(one.database), UsedTokens(other.database)

        used = [
            first.use(ISSUER, "t1", now=0, until=MINUTE),
            first.use(ISSUER, "t1", now=1, until=MINUTE),
            second.use(ISSUER, "t1", now=2, until=MINUTE),
            second.use("https://other.example.org", "t1", now=2, until=MINUTE),
            second.use(ISSUER, "t2", now=2, until=MINUTE),
        ]

    assert used == [True, False, False, True, True]


def test_of_many_that_come_at_once_one_counts(memory: Memory) -> None:
    used = UsedTokens(memory.database)
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(used.use, ISSUER, "same", now=0, until=MINUTE) for _ in range(16)]

    assert sorted(one.result() for one in answers) == [False] * 15 + [True]


def test_expired_tokens_are_forgotten_at_most_once_a_minute(memory: Memory) -> None:
    used = UsedTokens(memory.database)

    def held(now: int) -> int:
        used.use(ISSUER, f"at {now}", now=now, until=now + 10)
        count = memory.database.read(lambda c: c.scalar(select(func.count()).select_from(tokens)))
        assert count is not None
        return count

    assert [held(MINUTE), held(MINUTE + 20), held(2 * MINUTE - 1), held(2 * MINUTE)] == [1, 2, 3, 2]


def test_on_postgresql_a_note_does_not_wait_for_the_disk_and_nothing_else_is_changed(
    postgresql_memory: str,
) -> None:
    def setting(memory: Memory) -> str | None:
        return memory.database.read(lambda c: c.scalar(text("SHOW synchronous_commit")))

    with Memory(postgresql_memory) as memory:
        memory.database.write(lambda c: c.execute(text("SET synchronous_commit TO ON")))
        seen: list[str] = []
        event.listen(
            memory.database.engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: seen.append(statement),
        )

        UsedTokens(memory.database).use(ISSUER, "t", now=0, until=MINUTE)

        assert seen[0] == "SET LOCAL synchronous_commit TO OFF"
        assert setting(memory) == "on"
