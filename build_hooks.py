"""Adds to a wheel what is made when it is built (hooks of hatchling).

That is the compiled form of every shipped ruleset, and a description whose links lead somewhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

MAKER = "msp_rules.rules.compiled.shipping"


_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)\s#]+)[^)\s]*\)")


class Description(MetadataHookInterface):
    """Has the README describe the package where no other file of the checkout lies beside it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Writes each link to a file of the checkout as that file's name."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": without_links(text)}


def without_links(text: str) -> str:
    """Gives a text whose links to files of the checkout are the names of those files."""
    return _LINK.sub(r"\1 (`\2`)", text)


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
