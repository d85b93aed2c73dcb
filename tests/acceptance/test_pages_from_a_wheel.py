"""Every page's commands and examples run from an installed wheel, in an empty folder.

A page that names files of a checkout is given those, and nothing else of it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.command_line import ROOT
from tests.support.installed import Environment, environment_of, link_plugins

pytestmark = [pytest.mark.wheel, pytest.mark.slow]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "rulesets/*.md", "plugins/**/*.md")
    for path in ROOT.glob(pattern)
)
# What stands behind two blanks on a line of a list of commands says what it does.
COMMAND = re.compile(r"^(?:    +|)(?:\$ )?msp-rules (?P<words>[a-z].*?)(?:  +\S.*| +# .*)?$", re.M)
COUNCIL = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
MAPPINGS = ROOT / "docs/examples/mapping"
TRAINING = ROOT / "msp_rules/authoring/training_cases"
EXAMPLE = ROOT / "tests/data/example-export.xml"
CASES = ROOT / "rulesets/msp-core/cases"
RUN_AN_EXAMPLE = """\
import doctest, sys
page = sys.stdin.read().replace("```", "")
found = doctest.DocTestParser().get_doctest(page, {}, "page", "page", 0)
runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
runner.run(found)
print(runner.tries, "examples")
sys.exit(bool(runner.failures))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How the commands of a page are run: what lies in the folder, and how each ends."""

    of_the_checkout: tuple[str, ...] = ()
    """The folders and files of a checkout that the commands name."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Files that the page supposes a reader to have, and what stands for each."""
    words: Mapping[str, Callable[[Path], str]] = field(default_factory=dict)
    """Words of the page that are no words of a command, and what stands for each in a folder."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """The exit code of each command that begins with these words, if it is not 0."""
    left_out: tuple[str, ...] = ()
    """Lines that show the form of a command, or of a file, and are no command to run."""


A_HOST_WITH_A_MEMORY = """\
import json, re, sys
from msp_rules import Desk, Engine, Feedback, Memory, load_ruleset, upgrade_memory

upgrade_memory("prompts.db")
now = "2026-01-09T12:00"
message = {
    "specversion": "1.0", "id": "m1", "source": "urn:a-host", "subject": "SA-1001",
    "type": "org.msp-rules.concern_raised.v1",
    "data": {"id": "e1", "occurred": "2026-01-05T10:00", "identified_adult": "yes"},
}
with Memory("prompts.db") as memory:
    prompt = Desk(memory, Engine(load_ruleset("msp-core"))).receive(message, now).changes[0].prompt
feedback = Feedback(
    id="f1", key=prompt.key, generation=prompt.generation, kind="shown", at=now)
shown = []
show = shown.append
exec(sys.stdin.read())
print(len(shown), desk.changes())
memory.close()
"""
"""What the example of docs/memory.md supposes: a message, a moment, a feedback, a way to show."""


def a_pseudonym(folder: Path) -> str:
    """A case of the report that the page has made by then."""
    found = re.search(r"\bc-[a-z2-7]{16}\b", (folder / "results/report.html").read_text())
    assert found is not None
    return found[0]


# A scan of the examples finds what can't be judged, on purpose.
SCANNED = {"scan": 2}
RUN = {
    "README.md": Page(
        of_the_checkout=("rulesets", "docs/examples", "tests/data"),
        ends=SCANNED,
    ),
    "docs/compare.md": Page(
        files={"last-quarter.xml": COUNCIL, "this-quarter.xml": COUNCIL}, ends={"compare": 2}
    ),
    "docs/impact.md": Page(of_the_checkout=("rulesets",), ends={"impact": 2}),
    "docs/mapping.md": Page(
        of_the_checkout=("rulesets", "docs/examples"),
        files={
            **{"forms.yaml": MAPPINGS / "forms.yaml", "forms.xml": MAPPINGS / "forms.xml"},
            **{"tables.yaml": MAPPINGS / "rows-csv.yaml", "export": MAPPINGS / "rows-csv"},
            "export.xml": MAPPINGS / "forms.xml",
            "report.csv": MAPPINGS / "report.csv",
        },
        ends={"scan --mapping forms": 2, "mapping try report": 2, "scan --mapping report": 2},
    ),
    "docs/measures.md": Page(files={"council.xml": COUNCIL}, ends={"measures": 2}),
    # Nothing has called as a consumer there.
    "docs/memory.md": Page(ends={"memory consumers prompts.db --forget": 1}),
    "docs/national-return.md": Page(files={"council.xml": COUNCIL}, ends={"sac": 2}),
    "docs/rehearse.md": Page(files={"our-case.yaml": TRAINING / "the-car-wash.yaml"}),
    "docs/plugins.md": Page(
        words={
            "NAME": lambda _: "json-events",
            "MODULE": lambda _: "msp_json_events",
            "FOLDER": lambda _: "here",
        },
        files={"here/msp_json_events": ROOT / "plugins/json-events/msp_json_events"},
    ),
    "docs/sampling.md": Page(words={"EXPORT...": lambda _: str(CASES)}),
    "docs/trust.md": Page(
        files={"export.xml": EXAMPLE},
        words={
            "c-6fjr45naqvkg45d5": a_pseudonym,
            "signing.pub": lambda _: "keys/signing.pub",
        },
        left_out=("signature 1",),
    ),
    "plugins/example-procedure/README.md": Page(
        words={"EXPORT": lambda _: str(CASES)}, ends=SCANNED
    ),
    "plugins/json-events/README.md": Page(),
    "plugins/json-records/README.md": Page(),
    "plugins/outbox-table/README.md": Page(),
    "rulesets/README.md": Page(
        of_the_checkout=("rulesets",), ends={**SCANNED, "impact": 2, "check --strict": 0}
    ),
}
RUN_ELSEWHERE = {
    "docs/deployment.md": "test_deployment_page.py has PostgreSQL and a folder for its steps",
    "docs/fifteen-minutes.md": "test_fifteen_minutes_page.py calls what it begins",
    "docs/running.md": "test_running_page.py begins and ends the service",
    "docs/auditing.md": "test_auditing_page.py fills in the workbooks between its commands",
    "plugins/README.md": "test_plugins_page.py builds each of its files first",
}


def commands_of(page: Path) -> list[str]:
    """The commands of a page, in order, without what is said beside them."""
    return [found["words"] for found in COMMAND.finditer(page.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with every extra that the pages name, and the plug-ins of this checkout."""
    folder = tmp_path_factory.mktemp("site")
    extras = ("cli", "reports", "memory", "signing", "gherkin")
    environment = environment_of(folder, *extras)
    link_plugins(folder)
    return environment


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def furnished(folder: Path, page: Page) -> None:
    """Puts copies of what a page names into a folder."""
    named = {name: ROOT / name for name in page.of_the_checkout}
    for name, source in {**named, **page.files}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def words_in(folder: Path, command: str, page: Page) -> list[str]:
    """The words of a command, with what stands for the page's own."""
    return [
        page.words[word](folder) if word in page.words else word for word in shlex.split(command)
    ]


def test_every_page_with_commands_is_run() -> None:
    named = {str(path.relative_to(ROOT)) for path in PAGES if commands_of(path)}

    assert named == RUN.keys() | RUN_ELSEWHERE.keys()


# The long pages: `make test` runs their commands from the checkout, each in a test of its own.
RUN_FROM_THE_CHECKOUT_TOO = {
    *("README.md", "rulesets/README.md"),
    *("docs/impact.md", "docs/mapping.md"),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.thorough)
        if name in RUN_FROM_THE_CHECKOUT_TOO
        else name
        for name in RUN
    ],
)
def test_the_commands_of_a_page_run_in_turn(name: str, installed: Environment, empty: Path) -> None:
    page = RUN[name]
    furnished(empty, page)
    settings = {"XDG_CONFIG_HOME": str(empty.parent), "XDG_CACHE_HOME": str(empty.parent)}

    for command in commands_of(ROOT / name):
        if command in page.left_out:
            continue
        words = words_in(empty, command, page)
        done = installed.run("-m", "msp_rules.cli", *words, cwd=empty, **settings)

        expected = [code for start, code in page.ends.items() if command.startswith(start)]
        assert done.returncode == (expected[0] if expected else 0), (command, done.stderr)


@pytest.mark.parametrize("name", ["docs/api.md", "docs/prompts.md"])
def test_the_examples_of_a_page_run_as_shown(
    name: str, installed: Environment, empty: Path
) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    if name == "docs/api.md":
        furnished(empty, Page(of_the_checkout=("tests/data", "docs/examples", "rulesets")))

    done = installed.run("-c", RUN_AN_EXAMPLE, cwd=empty, text=page)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert not done.stdout.startswith("0 examples")


def test_the_example_of_the_memory_runs(installed: Environment, empty: Path) -> None:
    page = (ROOT / "docs/memory.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]

    done = installed.run("-c", A_HOST_WITH_A_MEMORY, cwd=empty, text=example)

    assert (done.returncode, done.stderr) == (0, "")
    told, _, rest = done.stdout.partition(" ")
    assert int(told) > 0
    assert rest == "()\n"


def test_the_features_of_the_page_of_sentences_run(installed: Environment, empty: Path) -> None:
    page = (ROOT / "docs/steps.md").read_text(encoding="utf-8")
    feature = page.partition("```gherkin\n")[2].partition("```")[0]
    furnished(empty, Page(files={"council": ROOT / "rulesets/example-council"}))
    (empty / "council/features/of-the-page.feature").write_text(feature, encoding="utf-8")

    done = installed.run("-m", "msp_rules.cli", "test", "council", cwd=empty)

    assert (done.returncode, done.stderr) == (0, "")
    assert feature.startswith("Feature: ")
    assert done.stdout.endswith(" scenarios passed, 0 failed\n")


def test_a_page_whose_commands_name_files_of_a_checkout_says_so() -> None:
    silent = [
        name
        for name, page in RUN.items()
        if page.of_the_checkout and "those of a checkout" not in (ROOT / name).read_text("utf-8")
    ]

    assert silent == []
