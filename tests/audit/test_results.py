"""The result document and the summary: what docs/results.md says, in one process and in two."""

import re
from pathlib import Path

import orjson
import pytest

from benchmarks.export_generator import write_export
from msp_rules.audit.case_audit.grid import MOVEMENTS
from msp_rules.audit.case_audit.practice import PRACTICES
from msp_rules.audit.case_audit.principles import PRINCIPLES
from msp_rules.audit.case_audit.wellbeing import domains_in_order
from msp_rules.rules.language.questions import AUDIT_QUESTIONS
from tests.support.command_line import ROOT, run

pytestmark = pytest.mark.slow

CASES = 150
DOCS = (ROOT / "docs/results.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """The summary and the document by number of processes."""
    folder = tmp_path_factory.mktemp("scanned")
    write_export(folder / "in.xml", cases=CASES, seed=3, profile="mixed")
    found = {}
    for jobs in ("1", "2"):
        out = folder / jobs
        done = run("scan", str(folder / "in.xml"), "--jobs", jobs, "--out", str(out))
        assert done.returncode == 0, done.stderr
        found[jobs] = (
            done.stdout.replace(str(out), ""),
            (out / "results.json").read_bytes(),
        )
    return found


def test_two_processes_draw_what_one_draws(scanned: dict[str, tuple[str, bytes]]) -> None:
    summary, document = scanned["1"]

    assert scanned["2"][1] == document
    assert re.sub(r"Results:\s+\S+", "", scanned["2"][0]) == re.sub(r"Results:\s+\S+", "", summary)


def test_keys_are_those_of_the_documentation(scanned: dict[str, tuple[str, bytes]]) -> None:
    document = orjson.loads(scanned["1"][1])
    keys = set(document) | set(document["manifest"]) | set(document["totals"])
    keys |= set(document["summary"]) | set(document["summary"]["cases"])
    seen: dict[str, set[str]] = {"practice": set(), "grid": set(), "domains": set()}
    for case in document["cases"]:
        assert list(case) == [
            "case",
            "answered",
            "not_applicable",
            "verdicts",
            "audit",
            "practice",
            "wellbeing",
            "principles",
            "grid",
            "facts",
        ]
        assert tuple(case["audit"]) == tuple(AUDIT_QUESTIONS)
        assert tuple(case["principles"]) == PRINCIPLES
        keys |= {key for row in case["verdicts"] for key in row}
        keys |= {key for row in case["audit"].values() for key in row}
        keys |= set(case) | set(case["wellbeing"]) | set(case["grid"]) | set(case["facts"])
        keys |= {key for row in case["principles"].values() for key in row}
        keys |= {key for end in ("first", "latest") for key in case["grid"][end] or ()}
        seen["practice"] |= set(case["practice"])
        seen["grid"].add(case["grid"]["movement"])
        seen["domains"] |= set(case["wellbeing"]["domains"])

    assert len(seen["practice"]) > 10
    assert len(seen["domains"]) > 5
    assert "gain" in seen["grid"]
    for name in (*keys, *PRACTICES, *PRINCIPLES, *domains_in_order(), *MOVEMENTS):
        assert f"`{name}`" in DOCS, name


def test_every_id_is_an_event_of_the_case(
    scanned: dict[str, tuple[str, bytes]], tmp_path: Path
) -> None:
    write_export(tmp_path / "in.xml", cases=CASES, seed=3, profile="mixed")
    text = (tmp_path / "in.xml").read_text(encoding="utf-8")
    parts = re.findall(r'<case id="([^"]+)".*?</case>', text, re.DOTALL)
    bodies = dict(zip(parts, re.findall(r"<case id=.*?</case>", text, re.DOTALL), strict=True))

    checked = 0
    for case in orjson.loads(scanned["1"][1])["cases"]:
        known = set(re.findall(r' id="([^"]+)"', bodies[case["case"]]))
        named = list(case["practice"].values())
        named += [row["evidence"] for row in case["principles"].values()]
        named += [case["audit"][q]["evidence"] for q in ("Q6", "Q7")]
        named += [*case["wellbeing"]["domains"].values(), case["wellbeing"]["untagged"]]
        for ids in named:
            assert len(ids) == len(set(ids))
            assert set(ids) <= known
            checked += len(ids)
    assert checked > 10 * CASES


def test_the_summary_counts_what_the_document_holds(
    scanned: dict[str, tuple[str, bytes]],
) -> None:
    summary, document = scanned["1"][0], orjson.loads(scanned["1"][1])
    rows = {
        cells[0].split()[0]: [int(cell or 0) for cell in cells[1:]]
        for cells in (
            [cell.strip() for cell in line.strip("│").split("│")]
            for line in summary.splitlines()
            if line.startswith("│ Q")
        )
    }

    assert tuple(rows) == tuple(AUDIT_QUESTIONS)
    for question, (rated, red, amber, grey, green, explained) in rows.items():
        ratings = [case["audit"][question] for case in document["cases"]]
        colours = [rating.get("suggested", rating["colour"]) for rating in ratings]
        assert [colours.count(c) for c in ("red", "amber", "grey", "green")] == [
            red,
            amber,
            grey,
            green,
        ]
        assert rated == CASES - colours.count("none")
        assert explained == sum(
            rating["explained"] and colour == "green"
            for rating, colour in zip(ratings, colours, strict=True)
        )
    compared = [case["grid"]["movement"] for case in document["cases"]]
    known = sum(movement is not None for movement in compared)
    flat = " ".join(summary.split())
    assert f"{known} of {CASES} cases can be compared: {compared.count('gain')} gain" in flat
