"""Embeds Making Safeguarding Personal in a case system: rules, questions to workers, audits.

These names are the public face: with `msp_rules.hooks`, all that a host, a plug-in or an example
imports. docs/api.md says what each gives and what is promised about it; anything else in the
package may change at any time. Each name is loaded when it is first used, so that importing
`msp_rules` costs nothing, and a host needs only the libraries of what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from msp_rules.version import __version__ as __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msp_rules.api import from_json, scan, to_json
    from msp_rules.audit.result import ScanResult
    from msp_rules.casework.case import Case, Event, Supply
    from msp_rules.engine.engine import Engine
    from msp_rules.errors import MspRulesError
    from msp_rules.intake.mapping.decode import load_mapping
    from msp_rules.intake.mapping.language import CaseMapping
    from msp_rules.intake.source import open_cases
    from msp_rules.prompts.adapter_round import exchange_round
    from msp_rules.prompts.card import card
    from msp_rules.prompts.conformance import Adapter, check_adapter
    from msp_rules.prompts.desk import advance, with_event
    from msp_rules.prompts.feedback import hear
    from msp_rules.prompts.prompt import DeskState, Feedback, Prompt
    from msp_rules.prompts.store import (
        Desk,
        DeskOutbox,
        Memory,
        MemoryUnavailable,
    )
    from msp_rules.prompts.store import (
        upgrade as upgrade_memory,
    )
    from msp_rules.prompts.view import view
    from msp_rules.rules.language.rule import Ruleset
    from msp_rules.rules.loading import load_ruleset

__all__ = [
    "Adapter",
    "Case",
    "CaseMapping",
    "Desk",
    "DeskOutbox",
    "DeskState",
    "Engine",
    "Event",
    "Feedback",
    "Memory",
    "MemoryUnavailable",
    "MspRulesError",
    "Prompt",
    "Ruleset",
    "ScanResult",
    "Supply",
    "advance",
    "card",
    "check_adapter",
    "from_json",
    "exchange_round",
    "hear",
    "load_mapping",
    "load_ruleset",
    "open_cases",
    "scan",
    "to_json",
    "upgrade_memory",
    "view",
    "with_event",
]

_HOMES: Final[Mapping[str, str]] = {
    "Adapter": "msp_rules.prompts.conformance:Adapter",
    "Case": "msp_rules.casework.case:Case",
    "CaseMapping": "msp_rules.intake.mapping.language:CaseMapping",
    "Desk": "msp_rules.prompts.store:Desk",
    "DeskOutbox": "msp_rules.prompts.store:DeskOutbox",
    "DeskState": "msp_rules.prompts.prompt:DeskState",
    "Engine": "msp_rules.engine.engine:Engine",
    "Event": "msp_rules.casework.case:Event",
    "Feedback": "msp_rules.prompts.prompt:Feedback",
    "Memory": "msp_rules.prompts.store:Memory",
    "MemoryUnavailable": "msp_rules.prompts.store:MemoryUnavailable",
    "MspRulesError": "msp_rules.errors:MspRulesError",
    "Prompt": "msp_rules.prompts.prompt:Prompt",
    "Ruleset": "msp_rules.rules.language.rule:Ruleset",
    "ScanResult": "msp_rules.audit.result:ScanResult",
    "Supply": "msp_rules.casework.case:Supply",
    "advance": "msp_rules.prompts.desk:advance",
    "card": "msp_rules.prompts.card:card",
    "check_adapter": "msp_rules.prompts.conformance:check_adapter",
    "from_json": "msp_rules.api:from_json",
    "exchange_round": "msp_rules.prompts.adapter_round:exchange_round",
    "hear": "msp_rules.prompts.feedback:hear",
    "load_mapping": "msp_rules.intake.mapping.decode:load_mapping",
    "load_ruleset": "msp_rules.rules.loading:load_ruleset",
    "open_cases": "msp_rules.intake.source:open_cases",
    "scan": "msp_rules.api:scan",
    "to_json": "msp_rules.api:to_json",
    "upgrade_memory": "msp_rules.prompts.store:upgrade",
    "view": "msp_rules.prompts.view:view",
    "with_event": "msp_rules.prompts.desk:with_event",
}
"""The module of each name, and its name there: in a run, what the imports are to type checkers."""


# Hidden from type checkers, which would take any name at all for one of the face.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Loads a name of the face when it is first asked for."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = home.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            error_for = import_module("msp_rules.extras").error_for
            raise error_for(error, f"msp_rules.{name}") from None
        globals()[name] = found  # from now on it is found without this function
        return found


def __dir__() -> list[str]:
    """Lists the public names, whether loaded yet or not."""
    return sorted({*globals(), *__all__})
