"""What is generated is checked in, current to the byte, and reads as it should."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from msp_rules.authoring.generate.files import (
    checkout_of_this_package,
    generated_files,
    stale_files,
    write_files,
)
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.cli.main import cli
from msp_rules.gherkin.library import PAGE as STEPS_PAGE
from msp_rules.gherkin.library import steps_page
from msp_rules.service.decode_configuration import SCHEMA_FILE, configuration_schema_text
from msp_rules.service.openapi import OPENAPI_FILE, openapi_text
from tests.support.generated import generated_page

pytestmark = pytest.mark.slow

PAGES = {
    STEPS_PAGE: steps_page(),
    OPENAPI_FILE: openapi_text(),
    SCHEMA_FILE: configuration_schema_text(),
}


@pytest.mark.slow
def test_checked_in_files_are_current() -> None:
    assert stale_files(checkout_of_this_package(), PAGES) == ()


@pytest.mark.slow
def test_a_change_by_hand_is_noticed_and_undone(tmp_path: Path) -> None:
    first, *others = generated_files(PAGES)
    written = write_files(tmp_path, PAGES)
    (tmp_path / first).write_text("changed by hand")

    before = CliRunner().invoke(cli, ["generate", "--check", "--root", str(tmp_path)])
    repair = CliRunner().invoke(cli, ["generate", "--root", str(tmp_path)])
    after = CliRunner().invoke(cli, ["generate", "--check", "--root", str(tmp_path)])

    assert written == (first, *others)
    assert (before.exit_code, first in before.output, others[0] in before.output) == (
        1,
        True,
        False,
    )
    assert repair.output == f"written: {first}\n"
    assert (after.exit_code, after.output) == (0, "")


@pytest.fixture(scope="module")
def page() -> str:
    return generated_page("docs/vocabulary.md")


@pytest.mark.parametrize("name", core_vocabulary().events)
def test_page_tells_each_event_with_its_fields(name: str, page: str) -> None:
    kind = core_vocabulary().events[name]
    section = page.split(f"\n### {name}\n")[1].split("\n#")[0]

    assert kind.means in section
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(kind.fields)


def test_page_carries_the_remarks_of_the_vocabulary(page: str) -> None:
    assert (
        "| `void` | yes, no or not known |  | yes = entered in error; ignored by every rule |"
        in page
    )
    assert "| the adult's own, where someone else answered |" in page
    assert "in other cases of the same adult" in page


def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    targets = set(re.findall(r"\]\(#([\w-]+)\)", page))
    anchors = set(re.findall(r'<a id="([\w-]+)">', page))
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}

    assert targets - anchors - headings == set()
    assert targets >= set(core_vocabulary().events)
