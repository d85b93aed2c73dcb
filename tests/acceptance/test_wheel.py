"""What an installed package holds: everything that the code opens, and the rulesets."""

import os
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from msp_rules.extras import EXTRAS
from tests.support.command_line import EXAMPLE
from tests.support.wheels import NAMED

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).parents[2]
# A wheel for one platform has its hot modules compiled (`make wheels`).
CODE = "compiled ahead" if "-any.whl" not in os.environ.get(NAMED, "-any.whl") else "plain Python"
REPORT_PARTS = {
    path.name
    for path in (ROOT / "msp_rules/reports/html").iterdir()
    if path.suffix in (".j2", ".js", ".html")
}


@pytest.fixture(scope="module")
def packed(wheel: Path) -> set[str]:
    """The names in the wheel."""
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def data_of(folder: Path) -> set[str]:
    """The files of a folder that are no code."""
    return {
        str(path.relative_to(folder.parent))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".so", ".c")
    }


def test_wheel_holds_all_that_the_package_opens(packed: set[str]) -> None:
    data = data_of(ROOT / "msp_rules")

    assert {f"msp_rules/reports/html/{name}" for name in REPORT_PARTS} <= data
    assert "msp_rules/rules/schemas/rule-1.json" in data
    assert "msp_rules/gherkin/entries.yaml" in data
    assert "msp_rules/casework/schemas/case-export-1.xsd" in data
    assert data <= packed


def test_wheel_says_that_it_is_typed(packed: set[str]) -> None:
    assert "msp_rules/py.typed" in packed


def test_wheel_holds_the_rulesets(packed: set[str]) -> None:
    rulesets = {f"msp_rules/{name}" for name in data_of(ROOT / "rulesets")}

    assert "msp_rules/rulesets/msp-core/rules/ASK-01.yaml" in rulesets
    assert rulesets <= packed


def test_wheel_brings_the_compiled_form_of_each_of_its_rulesets(packed: set[str]) -> None:
    rulesets = {path.parent.name for path in (ROOT / "rulesets").glob("*/ruleset.yaml")}

    compiled = {name for name in packed if name.startswith("msp_rules/compiled_rulesets/")}

    assert compiled == {f"msp_rules/compiled_rulesets/{name}.json" for name in rulesets}


def test_the_description_has_no_link_that_leads_nowhere(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [one for one in opened.namelist() if one.endswith(".dist-info/METADATA")]
        told = opened.read(name).decode()

    assert "Description-Content-Type: text/markdown" in told
    assert "# msp_rules" in told
    assert re.findall(r"\]\((?!https?:)[^)]+\)", told) == []
    assert "installing (`docs/installing.md`)" in told


def test_the_metadata_name_pythons_extras_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [one for one in opened.namelist() if one.endswith(".dist-info/METADATA")]
        told = message_from_bytes(opened.read(name))

    pythons = {one for one in told.get_all("Classifier", []) if ":: Python :: 3." in one}
    assert pythons == {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)}
    assert {*told.get_all("Provides-Extra", [])} == {*EXTRAS, "all", "dev"}
    assert (told["License-Expression"], told["Requires-Python"]) == ("Apache-2.0", ">=3.11")


def test_wheel_does_not_load_itself_into_the_tests_of_a_host(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [one for one in opened.namelist() if one.endswith("/entry_points.txt")]
        told = opened.read(name).decode()

    assert "[console_scripts]" in told
    assert "pytest11" not in told


def test_wheel_holds_every_module_and_no_test(packed: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "msp_rules").rglob("*.py")}

    assert modules <= packed
    assert not [name for name in packed if name.startswith(("tests/", "benchmarks/", "plugins/"))]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into, far from this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "msp-core"), "rules, no mistakes"),
        (("scan", str(EXAMPLE), "--identify", "--format", "html", "--out", "out"), "2 cases"),
        (("fields", "concern_raised"), "earlier_concerns_6_months"),
        (("doctor",), f"code: {CODE}\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_an_installed_wheel_finds_all_that_it_opens(
    words: tuple[str, ...], said: str, installed: Path, tmp_path: Path
) -> None:
    code = (
        "import msp_rules; from msp_rules.cli.main import main; print(msp_rules.__file__); main()"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(str(installed))
    assert said in done.stdout
