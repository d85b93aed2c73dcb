"""Makes, writes and repeats the sample of a case-file audit: `sample.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from msp_rules.audit.case_file.draw import Draw, StratumKind, Wish, draw, window_of
from msp_rules.audit.case_file.frame import Candidates, CaseFiles, frame_of, names_of
from msp_rules.audit.case_file.population import Theme
from msp_rules.casework.moments import iso_date
from msp_rules.errors import InputUnreadable, SourceLocation, why_unreadable
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


def ruleset_row(ruleset: Ruleset) -> dict[str, Any]:
    """Names a ruleset with its layers, by hash."""
    return {
        "id": ruleset.id,
        "version": ruleset.version,
        "sha256": ruleset.sha256,
        "layers": [
            {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
        ],
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


def read_document(path: Path, schema: str) -> dict[str, Any]:
    """Reads a document of an audit; raises InputUnreadable for any other file."""
    where = SourceLocation(path=path.name)
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise InputUnreadable("it is a folder: name the .json file in it", where) from None
    except OSError as error:
        raise InputUnreadable(why_unreadable(error), where) from None
    if not content.strip():
        raise InputUnreadable("the file is empty", where)
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        at = SourceLocation(path=path.name, line=error.lineno, column=error.colno)
        raise InputUnreadable(
            f"it is not valid JSON, so not a document of the form {schema}", at
        ) from None
    if not isinstance(body, dict) or body.get("schema") != schema:
        raise InputUnreadable(f"it is not a document of the form {schema}", where)
    return body


def document_bytes(body: Mapping[str, Any]) -> bytes:
    """Gives the bytes of a document, the same for the same content."""
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def _wish_row(wish: Wish) -> dict[str, str]:
    return {"case": wish.case, "reason": wish.reason}
