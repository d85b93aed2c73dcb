"""What goes wrong in a plug-in, as a named value: never an exception in the host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """In which way a plug-in failed."""

    REFUSED = "refused"
    """It could not be loaded, or names a hook that there is not."""
    RAISED = "raised"
    OVERRAN = "overran"
    """It did not answer within its time limit, and is set aside."""
    RUBBISH = "rubbish"
    """It gave back something else than the hook says."""
    FLOOD = "flood"
    """It gave back more than the hook allows."""
    SET_ASIDE = "set aside"
    """It was not asked, because it overran before."""
    BUSY = "busy"
    """It was not asked, because too many calls of it are still running."""
    NESTED = "nested"
    """It asked the plug-ins while it was being asked itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFault:
    """One failure of one plug-in in one hook (None: in being loaded).

    `detail` says more in words of the contract, types of exceptions and places in the plug-in's
    code; never an exception's text or a value, either of which may hold a record.
    """

    plugin: str
    hook: str | None
    kind: FaultKind
    detail: str = ""

    def __str__(self) -> str:
        where = f" in {self.hook}" if self.hook else ""
        return f"plug-in {self.plugin}: {self.kind.value}{where}" + (
            f": {self.detail}" if self.detail else ""
        )
