"""Writes the documents that a wheel contains, one for each of its rulesets.

Run by the build: `python -m msp_rules.rules.compiled.shipping RULESETS FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from msp_rules.rules.compiled.document import ruleset_document, source_hashes
from msp_rules.rules.layers.layers import load_layers


def write_documents(rulesets: Path, into: Path) -> tuple[Path, ...]:
    """Writes the document of every ruleset in a folder, and lists the files."""
    written = []
    for main in sorted(rulesets.glob("*/ruleset.yaml")):
        folder = main.parent
        path = into / f"{folder.name}.json"
        path.write_bytes(ruleset_document(load_layers(folder).ruleset, source_hashes(folder)))
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]), Path(sys.argv[2]))
