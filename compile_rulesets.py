"""Puts the compiled form of every shipped ruleset into a wheel (a build hook of hatchling)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MAKER = "msp_rules.rules.compiled.shipping"


class CompiledRulesets(BuildHookInterface):  # type: ignore[type-arg]
    """Has the source that is being packed read its own rulesets, in a process of its own."""

    _made: str | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the documents, unless a checkout is installed as it lies there."""
        if version == "editable":
            return
        self._made = tempfile.mkdtemp(prefix="compiled-rulesets-")
        environment = {**os.environ, "PYTHONPATH": self.root}
        command = [sys.executable, "-P", "-m", MAKER, f"{self.root}/rulesets", self._made]
        subprocess.run(command, check=True, cwd=self._made, env=environment)  # noqa: S603 - our own
        for path in sorted(Path(self._made).glob("*.json")):
            build_data["force_include"][str(path)] = f"msp_rules/compiled_rulesets/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes what stands in the wheel now."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
