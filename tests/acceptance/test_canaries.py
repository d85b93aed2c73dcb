"""What people wrote stays in the record: no canary comes out, in results, errors or logs."""

import re
from pathlib import Path

import pytest

from msp_rules.reports.formats import FORMATS
from tests.builders.part_of_core import write_part_of_core
from tests.support.canaries import ANY, Canaries, write_canaries, written
from tests.support.command_line import Done, run_here
from tests.support.reported import FILES
from tests.support.vendor_forms import (
    write_mapping,
    write_row_mapping,
    write_row_sets,
    write_vendor_file,
)

pytestmark = pytest.mark.slow

SHAREABLE = {name for name, one in FORMATS.items() if one.is_shareable}
EVERY_FORMAT = [word for name in FILES for word in ("--format", name)]


class Flock:
    """Exports full of canaries, and a scan of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.exports = path / "exports"
        self.canaries: Canaries = write_canaries(self.exports)
        self.out, self.shared = path / "out", path / "shared"
        self.done = self.scan("--out", str(self.out))
        self.shared_done = self.scan("--out", str(self.shared), "--share", "--all-rows")

    def scan(self, *words: str) -> Done:
        return run_here("scan", str(self.exports), *EVERY_FORMAT, *words)


@pytest.fixture(scope="module")
def flock(tmp_path_factory: pytest.TempPathFactory) -> Flock:
    return Flock(tmp_path_factory.mktemp("flock"))


def kinds(text: str) -> set[str]:
    """The kinds of canaries in a text: `id`, `file`, `team`, `text`."""
    return {found[2:-5] for found in ANY.findall(text)}


def test_every_place_has_a_canary_and_every_kind_of_fault_is_there(flock: Flock) -> None:
    document = written(flock.out / "results.json")
    reasons = set(re.findall(r'"reason":"((?:[^"\\]|\\.)*)"', document))

    assert len(flock.canaries.given) > 1000
    assert len(reasons) > 100
    said = ("unknown", "circle", "more than once", "used before", "not a date", "not well-formed")
    for word in said:
        assert any(word in reason for reason in reasons), word
    assert any("DOCTYPE" in reason for reason in reasons)
    assert '"case":"Zqid' in document


@pytest.mark.parametrize("name", sorted(SHAREABLE))
def test_what_is_made_to_share_holds_none(flock: Flock, name: str) -> None:
    text = written(flock.out / FILES[name])

    assert len(text) > 1000
    assert kinds(text) == set()


@pytest.mark.parametrize("name", sorted({*FILES.values(), "manifest.json"}))
def test_a_shared_folder_holds_none(flock: Flock, name: str) -> None:
    text = written(flock.shared / name)

    assert len(text) > 1000
    assert kinds(text) == set()


@pytest.mark.parametrize("name", ["results.json", "results.csv", "results.jsonl", "manifest.json"])
def test_the_working_result_holds_ids_and_names_of_files_alone(flock: Flock, name: str) -> None:
    assert kinds(written(flock.out / name)) <= {"id", "file"}


def test_identified_reports_hold_no_more_than_ids_files_and_short_teams(
    flock: Flock, tmp_path: Path
) -> None:
    flock.scan("--out", str(tmp_path / "all"), "--identify", "--quiet")

    for path in (tmp_path / "all").iterdir():
        assert kinds(written(path)) <= {"id", "file", "team"}, path.name
    assert "team" in kinds(written(tmp_path / "all/report.html"))


def test_a_terminal_shows_files_and_lines_alone(flock: Flock) -> None:
    for done in (flock.done, flock.shared_done):
        assert done.returncode == 2
        assert "faults" in done.stdout
        assert kinds(done.stdout + done.stderr) == {"file"}


def test_progress_is_counts_alone(flock: Flock, few: str, tmp_path: Path) -> None:
    words = ("--progress", "json", "--quiet", "--ruleset", few, "--out", str(tmp_path))

    done = flock.scan(*words)

    assert '"cases_per_second"' in done.stderr
    assert kinds(done.stdout + done.stderr) == set()


def test_no_file_is_named_after_anything(flock: Flock) -> None:
    names = {path.name for folder in (flock.out, flock.shared) for path in folder.rglob("*")}

    assert names == {*FILES.values(), "manifest.json"}


def test_refused_files_are_named_and_not_quoted(flock: Flock, few: str) -> None:
    refused = [path for path in flock.exports.iterdir() if path.name[0] in "defi"]
    assert len(refused) == 4
    for path in refused:
        done = run_here("scan", str(path), "--ruleset", few)

        assert done.returncode == 4, path.name
        assert kinds(done.stdout + done.stderr) == {"file"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A few rules of the core: quick to load, for commands that run often here."""
    folder = tmp_path_factory.mktemp("few") / "core"
    return str(write_part_of_core(folder, "rules/ASK-01.yaml", "rules/ADV-02.yaml"))


def test_explain_names_ids_alone(flock: Flock, few: str) -> None:
    export = next(path for path in flock.exports.iterdir() if path.name.startswith("a-"))
    ids = re.findall(r'<case id="([^"]+)"', export.read_text())[:3]
    said = ""
    for case_id in ids:
        for form in ("text", "json"):
            for rule in ("ASK-01", "ADV-02"):
                words = ("explain", rule, str(export), "--case", case_id, "--ruleset", few)
                done = run_here(*words, "--format", form)
                said += done.stdout + done.stderr

    assert len(said) > 10_000
    assert kinds(said) <= {"id", "file"}


def test_impact_names_ids_and_short_teams_alone(flock: Flock, few: str, tmp_path: Path) -> None:
    before = str(write_part_of_core(tmp_path / "core", "rules/ASK-01.yaml"))
    words = ("impact", "--before", before, "--after", few, str(flock.exports))
    for form in ("text", "json"):
        done = run_here(*words, "--format", form, "--jobs", "1")

        assert done.returncode == 2, done.stderr
        assert kinds(done.stdout + done.stderr) <= {"id", "file", "team"}


def test_a_comparison_names_ids_and_files_alone(flock: Flock, few: str, tmp_path: Path) -> None:
    # One file that can't be read at all is refused; the largest has cases and faults.
    exports = str(max(flock.exports.iterdir(), key=lambda path: path.stat().st_size))
    moment = ("--as-of", "2026-03-31", "--old-as-of", "2026-03-31")

    done = run_here(
        *("compare", exports, "--with", exports, "--ruleset", few),
        *(*moment, "--out", str(tmp_path)),
    )

    assert done.returncode == 2, done.stderr
    assert kinds(done.stdout + done.stderr) <= {"file"}
    for name in ("compare.json", "compare.html"):
        assert kinds((tmp_path / name).read_text("utf-8")) == {"id", "file"}


def test_verify_names_files_and_places_alone(flock: Flock, few: str, tmp_path: Path) -> None:
    words = ("--ruleset", few, "--out", str(tmp_path), "--quiet")
    run_here("scan", str(flock.exports), *EVERY_FORMAT, *words)
    again = ("verify", str(tmp_path / "manifest.json"), str(flock.exports), "--ruleset", few)

    fine = run_here(*again)
    (tmp_path / "results.json").write_bytes((flock.out / "results.json").read_bytes())
    altered = run_here(*again, "--json")

    assert (fine.returncode, altered.returncode) == (0, 1)
    assert kinds(fine.stdout + fine.stderr) == {"file"}
    assert kinds(altered.stdout + altered.stderr) == {"file", "id"}


@pytest.mark.parametrize("form", ["forms", "rows"])
def test_a_mapped_scan_lets_none_out_either(
    flock: Flock, few: str, tmp_path: Path, form: str
) -> None:
    canonical = next(path for path in flock.exports.iterdir() if path.name.startswith("a-"))
    vendor, mapping = tmp_path / "vendor.xml", tmp_path / "mapping.yaml"
    write_vendor_file(plain(canonical, tmp_path / "plain.xml"), vendor)
    write_mapping(mapping)
    if form == "rows":
        forms, columns = vendor, mapping
        vendor, mapping = tmp_path / "rows.xml", tmp_path / "rows.yaml"
        write_row_sets(forms, vendor)
        write_row_mapping(columns, mapping)

    out = tmp_path / "out"
    words = ("--mapping", str(mapping), "--ruleset", few, "--out", str(out))
    done = run_here("scan", str(vendor), *EVERY_FORMAT, *words)

    assert done.returncode == 2, done.stderr
    assert "cases" in done.stdout
    assert kinds(done.stdout + done.stderr) == set()
    for name, file in FILES.items():
        allowed = set() if name in SHAREABLE else {"id"}
        assert kinds(written(out / file)) <= allowed, name


def plain(canonical: Path, target: Path) -> Path:
    """The same export without what the invented vendor's system could not hold."""
    from lxml import etree  # noqa: PLC0415

    root = etree.parse(str(canonical)).getroot()
    namespace = "{urn:msp-rules:case-export:1}"
    for case in root.findall(f"{namespace}case"):
        if case.find(f"{namespace}adult") is None:
            root.remove(case)
            continue
        for child in list(case.iter()):
            known = isinstance(child.tag, str) and ANY.search(child.tag) is None
            if not known and child.getparent() is not None:
                child.getparent().remove(child)
        for child in list(case):
            if not child.tag.startswith(namespace) or child.tag.endswith("concern_raise"):
                case.remove(child)
    etree.ElementTree(root).write(str(target))
    return target
