"""Defines what a plug-in may do, and guards the host against what it does wrong.

All that a plug-in imports of this package is `hookimpl` from here. A host asks its plug-ins through
a `Registry`, which turns whatever goes wrong in one of them into a `PluginFault`.
"""

from msp_rules.hooks.contract import HookLimits, PluginInvalid
from msp_rules.hooks.hookspecs import hookimpl
from msp_rules.hooks.loading import load_installed
from msp_rules.hooks.registry import Answers, FaultKind, Given, LoadedPlugin, PluginFault, Registry

__all__ = [
    "Answers",
    "FaultKind",
    "Given",
    "HookLimits",
    "LoadedPlugin",
    "PluginFault",
    "PluginInvalid",
    "Registry",
    "hookimpl",
    "load_installed",
]
