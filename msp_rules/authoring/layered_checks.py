"""Examples and warnings of layered rulesets: each layer answers for its own files.

The examples of a rule were written for the numbers of their own layer; so they run on the rules as
that layer left them, and those of an overlay run on what it made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from msp_rules.authoring.examples import ExampleResult, run_examples
from msp_rules.authoring.lint import lint
from msp_rules.errors import Problem, SourceLocation
from msp_rules.rules import Layered, load_layers
from msp_rules.rules.yaml_source import Problems


def run_layered_examples(
    folder: Path, overlays: Sequence[Path], *, matcher: str = "auto"
) -> Iterator[ExampleResult]:
    """Every example of every layer, on the rules as its own layer left them."""
    for height in range(len(overlays) + 1):
        layered = load_layers(folder, overlays[:height])

        def is_own(where: SourceLocation, layered: Layered = layered) -> bool:
            return layered.layer_of(where) == layered.ruleset.layers[-1]

        yield from run_examples(layered.ruleset, matcher=matcher, chosen=is_own)


def lint_layered(layered: Layered, *, today: date | None = None) -> tuple[Problem, ...]:
    """The warnings of the files of the overlays; without overlays, of the ruleset."""
    found = lint(layered.ruleset, today=today)
    if not layered.overlays:
        return found
    base = layered.ruleset.layers[0]
    problems = Problems()
    for overlay in layered.overlays:
        if today is not None and overlay.review_by < today:
            message = f"the overlay was to be looked at again by {overlay.review_by}"
            problems.warn(overlay.review_place, "review", message)
        entries = [(f'the waiver "{w.name}"', w.reasons) for w in overlay.waivers]
        entries += [(f'the filter "{f.name}"', f.reasons) for f in overlay.filters]
        entries += [(f"the change of {c.rule.value}", c.reasons) for c in overlay.changes]
        for what, reasons in entries:
            last = reasons.period.last
            if today is not None and last is not None and last < today:
                problems.warn(reasons.where, "expired", f"{what} has expired on {last}")
    own = [one for one in found if layered.layer_of(one.where) != base]
    return (*own, *problems.found)
