"""A memory: a database that is reached, kept tidy, and shows what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from msp_rules.casework.moment import Cutoff
from msp_rules.prompts.memory.database import Database
from msp_rules.prompts.memory.keeping import (
    forget_case,
    held_on_case,
    purge_case,
    untouched_since,
)
from msp_rules.prompts.memory.schema import need_newest

_A_BATCH: Final = 200


class Memory:
    """A database that holds what the desk must know between two calls; for many threads.

    `where` is the path of a SQLite file or a PostgreSQL URL. With `survives_power_cut`, SQLite
    waits for the disk at each message (docs/memory.md). Raises MemoryNotReady where the tables are
    not those of this version: `upgrade` makes them.
    """

    def __init__(self, where: str | Path, *, survives_power_cut: bool = False) -> None:
        self.database = Database(where, survives_power_cut=survives_power_cut)
        try:
            need_newest(self.database)
        except BaseException:
            self.database.close()
            raise

    def held_on(self, case: str) -> dict[str, Any] | None:
        """All that is held on a case, as a JSON document; None where nothing is."""
        return self.database.read(lambda connection: held_on_case(connection, case))

    def purge(self, case: str) -> Mapping[str, int]:
        """Removes all that is held on a case; gives how many rows of what. Nothing remains.

        A message of the case that comes after it begins the case anew: stop the messages first.
        """
        gone = self.database.write(lambda connection: purge_case(connection, case))
        self._wipe_traces()
        return gone

    def forget_before(self, moment: Cutoff, *, includes_open: bool = False) -> tuple[str, ...]:
        """Purges the closed cases of which nothing was heard since a moment; gives their ids.

        With `includes_open`, open ones too. Each case by itself: a call that is broken off has
        purged some cases wholly and the others not at all.
        """
        forgotten: list[str] = []
        while found := self.database.read(
            lambda connection: untouched_since(
                connection, moment.instant, includes_open=includes_open, limit=_A_BATCH
            )
        ):
            for case in found:
                forget = partial(
                    forget_case,
                    case_id=case,
                    moment=moment.instant,
                    includes_open=includes_open,
                )
                if self.database.write(forget):
                    forgotten.append(case)
        self._wipe_traces()
        return tuple(forgotten)

    def close(self) -> None:
        """Lets go of every connection."""
        self.database.close()

    def _wipe_traces(self) -> None:
        """Purged rows may still stand in SQLite's log; in the file they are overwritten."""
        self.database.write_through(empties_log=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
