"""From where a condition is looked at: a record, a rule, a subject, and how far one sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from msp_rules.casework.case import Supply
from msp_rules.rules.language.rule import Settings
from tests.oracle.record import Entry, Record
from tests.oracle.times import End, When, is_within


@dataclass(frozen=True)
class View:
    """From where a condition is looked at.

    Only events within every one of `horizons` are seen. `stood_at` is when a reason has to stand;
    `is_weak` asks of reasons neither that they stand nor that they have their text.
    `only_explanations`: of all reasons, only `explanation` events count.
    """

    record: Record
    settings: Settings
    rule: str
    subject: Entry | None
    supply: Supply
    stood_at: When
    rules: frozenset[str] = frozenset()
    horizons: tuple[End, ...] = ()
    evidence_until: tuple[End, ...] = ()
    is_weak: bool = False
    only_explanations: bool = False

    @property
    def office_close(self) -> timedelta:
        return timedelta(microseconds=self.settings.office_close)

    @property
    def as_of(self) -> When:
        """The moment of the evaluation, or of the horizon that one looks up to."""
        end = min((self.record.as_of, *self.horizons), key=lambda one: one.last)
        return When(end.day, end.last, is_evaluation=True)

    def up_to(self, end: End) -> View:
        return replace(self, horizons=(*self.horizons, end))

    def up_to_suspension(self) -> View:
        """The same, up to where suspensions set the limits of open work aside."""
        return replace(self, horizons=(*self.horizons, *self.evidence_until))

    def sees(self, entry: Entry) -> bool:
        if entry.when is None:
            return True  # it may have happened by then
        return all(is_within(entry.when, horizon) for horizon in self.horizons)

    def of_type(self, event_type: str) -> list[Entry]:
        return [entry for entry in self.record.of_type(event_type) if self.sees(entry)]
