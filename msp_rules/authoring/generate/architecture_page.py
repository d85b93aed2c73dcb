"""Writes the page about the house: its floors, its rooms, and the walks through them.

A room is a package; its purpose is copied from its docstring. The modules are parsed and not
imported, since some of them need extras that are not installed everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from msp_rules.authoring.generate.rule_catalogue import GENERATED

FLOORS: Final = (
    ("cli",),
    ("service",),
    ("api",),
    ("reports",),
    ("authoring",),
    ("gherkin",),
    ("prompts", "audit"),
    ("engine",),
    ("rules",),
    ("intake",),
    ("casework", "yaml_source", "hooks"),
    ("extras",),
    ("errors", "log_events", "version"),
)
"""The floors from the top down, as pyproject.toml has them for import-linter; a test compares."""
_PACKAGE: Final = "msp_rules"
_INIT: Final = "__init__.py"


def architecture_page() -> str:
    """Writes the page as Markdown, the same text for the same docstrings."""
    rooms = dict(_rooms(resources.files(_PACKAGE), ""))
    lines = [GENERATED, "", *_INTRODUCTION.splitlines(), "", *_floors(rooms)]
    lines += ["", "## The rooms", "", "| room | what it is for |", "|---|---|"]
    lines += [f"| {_name(room)} | {says} |" for room, says in _from_the_top(rooms)]
    return "\n".join([*lines, "", *_WALKS.splitlines()]) + "\n"


def _rooms(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    """Yields the packages below a folder (and modules that are a floor), with their first lines."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = f"{path}{entry.name}"
        if entry.is_dir() and entry.joinpath(_INIT).is_file():
            yield name, _first_line(entry.joinpath(_INIT))
            yield from _rooms(entry, f"{name}/")
        elif name.removesuffix(".py") in {room for floor in FLOORS for room in floor}:
            yield name.removesuffix(".py"), _first_line(entry)


def _first_line(module: Traversable) -> str:
    documented = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    # A first paragraph may go over two lines; a line of a table may not.
    return " ".join(documented.partition("\n\n")[0].split())


def _floors(rooms: dict[str, str]) -> Iterator[str]:
    """Yields the picture of the floors; a room that is not built yet is left out."""
    for floor in FLOORS:
        built = [room for room in floor if room in rooms]
        if built:
            yield f"    {' | '.join(built)}"


def _from_the_top(rooms: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yields every room: floor by floor, each followed by the rooms inside it."""
    for name in (room for floor in FLOORS for room in floor):
        for room, says in rooms.items():
            if room == name or room.startswith(f"{name}/"):
                yield room, says


def _name(room: str) -> str:
    return f"`{room}`" if "/" in room else f"**`{room}`**"


_INTRODUCTION: Final = """\
# The house

One set of rules says what *Making Safeguarding Personal* expects of a case. A case system asks it
while a worker is in a case, and gets prompts; an auditor asks it about an export, and gets a
report.

- **A room is a concept.** Whoever changes one thing finds all of it in one package.
- **Imports run down the floors**, and never in a circle; import-linter checks it (`make imports`).
- **Data goes through once.** It is parsed at the edge; below the edge its types are trusted.
- **A job is a function with one request and one result.** The doors, `cli` among them, build the
  request and show the result, and no job is called through its command line.

Words that the project uses in its own sense are in the [glossary](glossary.md); why some things are
as they are is in the [decisions](decisions/README.md); [CONTRIBUTING](../CONTRIBUTING.md) says
which files a change touches.

## The floors

A room may import from floors below its own, and never from a neighbour on the same line."""
_WALKS: Final = """\
## Three walks

Each walk is one job. Its own module asks and answers; everything below it returns a value.

### From an event to a prompt

1. A host's event is turned into the vocabulary's words by an adapter, guarded by `hooks/registry`.
2. `intake/live_events` decodes it: a CloudEvents message becomes an `Event`, or a list of problems.
3. `prompts/store/service` drops what it knows already and writes the event to the case's history. A
   host that keeps its own state calls `prompts/desk` instead, and needs no store.
4. `casework/visibility` decides which events are in force at the moment asked about.
5. `engine/engine` computes each term once (of a record without doubt, by the code that
   `engine/straight` writes for a ruleset), matches the patterns, and looks up one verdict per rule.
6. `prompts/desk` compares the verdicts with the open prompts: some are raised, some withdrawn.
7. `prompts/view` picks the few that one step shows; `prompts/card` writes them as cards.

### From an edit to a preview

1. `yaml_source` reads the edited file into nodes that know their line.
2. `rules/language` decodes a rule; `rules/layers` applies an overlay to a ruleset and keeps its
   floors. All mistakes of a file are reported together.
3. `authoring/lint` and `rules/language/lint` warn about what is valid and probably not meant.
4. `authoring/examples` runs the cases that every rule carries.
5. `authoring/impact` evaluates an export by the old and the new rules, and asks the desk what each
   would have prompted.
6. `reports/impact` and `reports/forecast` say what appears and what disappears.

### From an export to a report

1. `cli/scan` builds a `ScanRequest`; so does `msp-rules verify`, from a manifest.
2. `audit/run` runs the scan, in one process or in several, with checkpoints.
3. `intake/source` opens each input, the canonical export or a vendor's own through a mapping, and
   yields `Case` by `Case`. What can't be read is a fault with its file and line.
4. `audit/case_audit` evaluates one case. It is a pure function of the case and the moment.
5. `audit/tally` adds up; two tallies of two processes merge into one.
6. `reports/formats` writes the files that were asked for; `audit/manifest` names each by its hash.
7. The exit code says whether there are findings, and whether something could not be judged."""
