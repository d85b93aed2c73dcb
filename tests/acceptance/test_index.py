"""docs/index.md and the pages that it leads to: none is missing, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.command_line import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "index.md"
# Each of these pages has its line in the page of its folder.
PAGES_OF_THEIR_OWN = {
    DOCS / "rules": DOCS / "rules.md",
    DOCS / "decisions": DOCS / "decisions/README.md",
}
EVERY_PAGE = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md"))]
EVERY_PAGE += [
    ROOT / "rulesets/README.md",
    ROOT / "plugins/README.md",
    ROOT / "tests/golden/README.md",
]


def links(page: Path) -> set[Path]:
    """Finds the files of this repository that a page links to."""
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / one).resolve() for one in targets if "://" not in one}


def test_every_page_has_a_line_in_the_index() -> None:
    listed = {INDEX, *links(INDEX)}
    for folder, page in PAGES_OF_THEIR_OWN.items():
        listed |= {one for one in links(page) if one.is_relative_to(folder)}

    assert [
        path.relative_to(ROOT).as_posix() for path in DOCS.rglob("*.md") if path not in listed
    ] == []


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [str(target) for target in links(page) if not target.exists()] == []


def test_every_entry_of_the_index_says_what_the_page_is_for() -> None:
    entries = re.findall(r"^- \[.+?\]\(.+?\)(.*)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE)

    assert [entry for entry in entries if not entry.startswith(": ")] == []


def test_the_hooks_before_a_commit_run_what_make_runs() -> None:
    config = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["id"] for hook in hooks} == {
        "ruff-check",
        "ruff-format",
        "yamllint",
        "msp-rules-check",
    }
    for hook in hooks:
        assert hook["entry"].replace(".venv/bin/", "\t$(BIN)/") in makefile.splitlines(), hook["id"]
