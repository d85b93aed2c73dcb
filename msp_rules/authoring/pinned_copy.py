"""A copy of an overlay with another text, under the same name, for as long as it is looked at."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msp_rules.rules.overlay import overlay_files


@contextmanager
def pinned_copy(overlay: Path, text: str) -> Iterator[Path]:
    """The overlay (a file, or a folder with its rules and concepts) with a text of its own."""
    file, folder = overlay_files(overlay)
    with tempfile.TemporaryDirectory() as home:
        if folder is None:
            copy = Path(home) / file.name
            copy.write_bytes(text.encode("utf-8"))
            yield copy
            return
        copy = Path(home) / folder.resolve().name
        copy.mkdir()
        for part in ("rules", "concepts"):
            if (folder / part).is_dir():
                shutil.copytree(folder / part, copy / part)
        (copy / "overlay.yaml").write_bytes(text.encode("utf-8"))
        yield copy
