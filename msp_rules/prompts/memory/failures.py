"""Why the memory could not do what was asked. No message holds a value, address or password."""

from __future__ import annotations

from msp_rules.errors import MspRulesError


class MemoryNotReady(MspRulesError):
    """A database whose tables are not those of this version of the package: upgrade it first."""


class MemoryUnavailable(MspRulesError):
    """A database that did not answer, or not in time. Nothing of the call was kept: ask again."""


class MemoryDamaged(MspRulesError):
    """A row that says what this package never writes."""


class FeedbackConflict(MspRulesError):
    """A feedback whose id came before with another content. Nothing of it was kept."""
