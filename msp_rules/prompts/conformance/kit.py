"""The whole conformance kit: three walks with an adapter, eight checks of what was seen."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.prompts.conformance import checks
from msp_rules.prompts.conformance.crash_walk import crash
from msp_rules.prompts.conformance.rehearsal import rehearse
from msp_rules.prompts.conformance.report import CheckResult, Report
from msp_rules.prompts.conformance.site import Adapter, Walk, walk_apart
from msp_rules.prompts.conformance.walks import look, show

MOST_CRASHES: Final = 120
_NEEDED: Final = ("msp_find_events", "msp_samples")


def check_adapter(adapter: Adapter, engine: Engine, *, most_crashes: int = MOST_CRASHES) -> Report:
    """Tries an adapter, offline, and says whether it keeps the contract.

    Where it can't be loaded, or gives nothing to look at, that is the only check in the report.
    """
    with TemporaryDirectory(prefix="msp-adapter-check-") as name:
        results = _results(adapter, engine, Path(name), most_crashes)
    return Report(adapter=adapter.name, version=adapter.version, results=tuple(results))


def _results(
    adapter: Adapter, engine: Engine, folder: Path, most_crashes: int
) -> list[CheckResult]:
    canary = f"canary-{hashlib.sha256(adapter.name.encode()).hexdigest()[:16]}"
    looked = walk_apart(look, adapter, folder / "look", {"canary": canary})
    loads = _loads(looked)
    if loads.findings or looked.seen is None:
        return [loads]
    seen = looked.seen
    rehearsal = rehearse(checks.of_all(seen["found"]), engine)
    task = {
        "canary": canary,
        "changes": list(rehearsal.changes),
        "cards": list(rehearsal.cards),
        "most_points": most_crashes,
    }
    showed = walk_apart(show, adapter, folder / "show", task)
    crashed = walk_apart(crash, adapter, folder / "crash", task) if hasattr(os, "fork") else None
    if showed.seen is None:
        asks = "does a walk with it come to its end?"
        shows = checks.result("shows", asks, "cards and changes", [showed.ended])
        return [loads, checks.schema(seen, rehearsal.problems), shows]
    shown, walks = showed.seen, [one for one in (looked, showed, crashed) if one is not None]
    vocabulary = engine.ruleset.vocabulary or core_vocabulary()
    return [
        loads,
        checks.schema(seen, rehearsal.problems),
        checks.idempotency(seen, shown),
        checks.rendering(rehearsal.cards, shown),
        checks.ordering(rehearsal.changes, seen, shown),
        checks.crash(crashed, seen, rehearsal.changes),
        checks.latency(shown),
        checks.privacy(seen, shown, walks, rehearsal.changes, canary, vocabulary),
    ]


def _loads(looked: Walk) -> CheckResult:
    hooks: list[str] = []
    if looked.seen is None:
        findings = [looked.ended]
    elif "not_loaded" in looked.seen:
        findings = looked.seen["not_loaded"].splitlines()
    else:
        hooks = looked.seen["hooks"]
        findings = [f"it has no {one}, which the kit needs" for one in _NEEDED if one not in hooks]
    asks = "is it installed, with hooks that there are?"
    return checks.result("loads", asks, ", ".join(hooks) or "the adapter", findings)
