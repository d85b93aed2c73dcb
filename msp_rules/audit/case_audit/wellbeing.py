"""Sorts the wanted outcomes of a case by the domains of wellbeing: docs/readings.md, section 12."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from msp_rules.casework.visibility import CaseView
from msp_rules.casework.vocabulary import core_vocabulary

PROTECTION: Final = "protection"
"""The domain that is about safety itself."""


class Wellbeing(NamedTuple):
    """The outcomes that are surely on record, by the domains that the record gives them."""

    outcomes: int
    """The number of outcomes."""
    beyond_protection: int
    """The number of outcomes in at least one other domain than protection."""
    domains: Mapping[str, tuple[str, ...]]
    """The ids of outcomes by domain, for the domains that occur; an outcome may have several."""
    untagged: tuple[str, ...]
    """The ids of outcomes without any domain."""
    unknown: tuple[str, ...]
    """Outcomes with domains that are unreadable or not supplied, and events that may be none."""


@cache
def domains_in_order() -> tuple[str, ...]:
    """Lists the nine domains; read at first use, so that a process of a scan starts sooner."""
    return core_vocabulary().enums["wellbeing_domain"]


def wellbeing_of(view: CaseView) -> Wellbeing | None:
    """Sorts the wanted outcomes by domain; None where the source cannot supply outcomes."""
    supply = view.case.supply
    if not supply.has_type(_OUTCOME):
        return None
    events = view.by_type.get(_OUTCOME)
    if events is None:
        return _NOTHING
    by_domain: dict[str, list[str]] = {}
    outcomes, beyond, untagged, unknown = 0, 0, list[str](), list[str]()
    for event in events:
        if not event.is_certain:
            unknown.append(event.id)
            continue
        outcomes += 1
        domains = event.fields.get("domain")
        if "domain" in event.unknown:
            unknown.append(event.id)
        elif isinstance(domains, tuple):
            named, is_beyond = _told_apart(domains)
            for domain in named:
                by_domain.setdefault(domain, []).append(event.id)
            beyond += is_beyond
        elif not supply.has_field(_OUTCOME, "domain"):
            unknown.append(event.id)
        else:
            untagged.append(event.id)
    named_domains = domains_in_order() if by_domain else ()
    in_order = {name: tuple(by_domain[name]) for name in named_domains if name in by_domain}
    return Wellbeing(outcomes, beyond, in_order, tuple(untagged), tuple(dict.fromkeys(unknown)))


@lru_cache(maxsize=4096)
def _told_apart(domains: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Gives each domain once, and whether any is beyond protection; kept, since they recur."""
    named = tuple(sorted({str(domain) for domain in domains}))
    return named, any(domain != PROTECTION for domain in named)


_OUTCOME: Final = "outcome_expressed"
_NOTHING: Final = Wellbeing(0, 0, {}, (), ())
