"""Workbooks of an audit in LibreOffice: opened, printed a page a case, saved, and collected again.

It runs where LibreOffice is (`make test-all`), else says that it was not run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from benchmarks.export_generator import write_export
from tests.support.auditors import fill_in
from tests.support.command_line import run_here

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
PAGES = re.compile(rb"/Type\s*/Page\b")
CASES = 60

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(SOFFICE is None, reason="not run: LibreOffice (soffice) is not here"),
]


def convert(form: str, target: Path, *files: Path) -> None:
    """Opens files in LibreOffice, and saves them in another form or anew."""
    profile = f"-env:UserInstallation={(target / 'profile').as_uri()}"
    words = ["--headless", "--convert-to", form, "--outdir", str(target), *map(str, files)]
    subprocess.run([str(SOFFICE), profile, *words], check=True, timeout=600)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit of sixty cases, its workbooks filled in."""
    folder = tmp_path_factory.mktemp("audit")
    write_export(folder / "in.xml", cases=600, seed=3)
    sample = ("sample", "in.xml", "--seed", "2026-Q1", "--number", str(CASES), "--by", "none")
    window = ("--closed-within", "24months", "--out", "sample")
    pack = ("audit", "pack", "sample/sample.json", "in.xml", "--out", "pack")
    for words in ((*sample, *window), pack):
        assert run_here(*words, cwd=folder).returncode == 0
    for workbook in (folder / "pack").glob("*.xlsx"):
        fill_in(workbook)
    return folder


def collected(folder: Path, workbooks: list[Path], out: str) -> object:
    """Collects workbooks, and gives the ratings."""
    words = ("audit", "collect", "pack/pack.json", *map(str, workbooks), "--out", out)
    done = run_here(*words, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads((folder / out / "ratings.json").read_bytes())


def test_each_case_prints_on_one_page(audit: Path) -> None:
    target = audit / "printed"
    target.mkdir()
    bare = []
    for workbook in sorted((audit / "pack").glob("*.xlsx")):
        book = load_workbook(workbook)
        for name in book.sheetnames:
            if not name.startswith("Case "):
                del book[name]
        bare.append(target / workbook.name)
        book.save(bare[-1])

    convert("pdf", target, *bare)

    pages = sum(len(PAGES.findall(path.read_bytes())) for path in target.glob("*.pdf"))
    assert pages == CASES


def test_what_libreoffice_saved_is_collected_alike(audit: Path) -> None:
    workbooks = sorted((audit / "pack").glob("*.xlsx"))
    target = audit / "saved"
    target.mkdir()

    convert("xlsx", target, *workbooks)

    saved = [target / workbook.name for workbook in workbooks]
    assert collected(audit, saved, "from-saved") == collected(audit, workbooks, "from-own")
