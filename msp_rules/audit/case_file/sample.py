"""Makes, writes and repeats the sample of a case-file audit: `sample.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from msp_rules.audit.case_file.draw import Draw, StratumKind, Wish, draw, window_of
from msp_rules.audit.case_file.frame import Candidates, frame_of
from msp_rules.audit.case_file.population import Theme
from msp_rules.audit.case_reader import CaseFiles
from msp_rules.audit.documents import names_of, ruleset_row
from msp_rules.casework.moments import iso_date
from msp_rules.rules.language.rule import Ruleset

SCHEMA: Final = "msp-sample/1"
FILE: Final = "sample.json"
MONTHS: Final = 3
"""The length of the window, in months, as the method of the audit has it."""
NUMBER: Final = 3
"""The number of cases of each stratum, as the method of the audit has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """Says how to draw."""

    seed: str
    """The key of the draw, as text."""
    number: int = NUMBER
    """The number of cases of each stratum."""
    by: StratumKind = StratumKind.AGENCY
    """The way to divide the cases."""
    months: int = MONTHS
    """The length of the window, in months."""
    theme: Theme | None = None
    """The theme; None for all cases closed in the window."""
    exclude: tuple[Wish, ...] = ()
    """The cases to leave out of the draw, with reasons."""
    replace: tuple[Wish, ...] = ()
    """The cases that give way once drawn, with reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample as it was drawn."""

    request: SampleRequest
    """The request."""
    frame: Candidates
    """The cases that it was drawn from."""
    draw: Draw
    """The strata with their draws."""

    @property
    def cases(self) -> frozenset[str]:
        """The ids of the cases to audit."""
        return frozenset(case for stratum in self.draw.strata for case in stratum.drawn)


def make_sample(files: CaseFiles, request: SampleRequest) -> Sample:
    """Reads the exports and draws; raises MspRulesError where either can't be done."""
    frame = frame_of(files, request.months, request.theme)
    found = draw(
        frame.candidates,
        seed=request.seed,
        number=request.number,
        by=request.by,
        exclude=request.exclude,
        replace=request.replace,
    )
    return Sample(request=request, frame=frame, draw=found)


def sample_document(sample: Sample, ruleset: Ruleset) -> dict[str, Any]:
    """Gives `sample.json`; it holds real ids."""
    request, day = sample.request, sample.frame.as_of.day
    first, last = window_of(date.fromordinal(day), request.months)
    return {
        "schema": SCHEMA,
        "seed": request.seed,
        "as_of": iso_date(day),
        "window": [first.isoformat(), last.isoformat()],
        "options": {
            "number": request.number,
            "by": request.by.value,
            "closed_within": request.months,
            "theme": None if request.theme is None else request.theme.value,
        },
        "ruleset": ruleset_row(ruleset),
        "inputs": names_of(sample.frame.inputs),
        "complete": sample.frame.is_whole,
        "strata": [
            {
                "name": one.name,
                "population": one.population,
                "excluded": [_wish_row(wish) for wish in one.excluded],
                "drawn": list(one.drawn),
                "replaced": [
                    {"case": row.case, "by": row.by, "reason": row.reason} for row in one.replaced
                ],
            }
            for one in sample.draw.strata
        ],
        "unplaceable": [_wish_row(one) for one in sample.draw.unplaceable],
    }


def stated_request(body: Mapping[str, Any]) -> SampleRequest:
    """Reads from `sample.json` how it was drawn; raises ValueError or KeyError else."""
    options, strata = body["options"], body["strata"]
    theme = options["theme"]
    excluded = [row for one in strata for row in one["excluded"]]
    replaced = [row for one in strata for row in one["replaced"]]
    return SampleRequest(
        seed=str(body["seed"]),
        number=int(options["number"]),
        by=StratumKind(options["by"]),
        months=int(options["closed_within"]),
        theme=None if theme is None else Theme(theme),
        exclude=tuple(Wish(case=row["case"], reason=row["reason"]) for row in excluded),
        replace=tuple(Wish(case=row["case"], reason=row["reason"]) for row in replaced),
    )


def _wish_row(wish: Wish) -> dict[str, str]:
    return {"case": wish.case, "reason": wish.reason}
