"""Packed exports read as the plain ones do, and what is wrong with an archive is a fault."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from random import Random

import pytest

from benchmarks.export_generator import write_export
from msp_rules.casework.case import Fault
from msp_rules.errors import InputUnreadable
from msp_rules.intake.export_files import UnpackLimits, exports_at
from msp_rules.intake.export_xml import open_export
from msp_rules.intake.source import files_in
from tests.support import effort
from tests.support.command_line import EXAMPLE, run_here

PLAIN = EXAMPLE.read_bytes()


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return path


def cases_of(path: Path, limits: UnpackLimits | None = None) -> tuple[list[str], list[str]]:
    """The ids of all cases, and what is wrong."""
    ids: list[str] = []
    wrong: list[str] = []
    for file in files_in([path], limits):
        try:
            with open_export(file) as reader:
                ids += [case.id for case in reader]
        except InputUnreadable as error:
            wrong.append(str(error))
            continue
        found: list[Fault] = [
            *reader.faults,
            *([reader.truncation_fault] if reader.truncation_fault else []),
        ]
        wrong += [f"{one.input}: {one.reason}" for one in found]
    return ids, wrong


def test_gzip_reads_as_the_plain_file(tmp_path: Path) -> None:
    packed = tmp_path / "export.xml.gz"
    packed.write_bytes(gzip.compress(PLAIN))

    assert cases_of(packed) == cases_of(EXAMPLE)


def test_members_of_a_zip_are_read_in_name_order(tmp_path: Path) -> None:
    other = PLAIN.replace(b'id="SA-', b'id="SB-')
    path = zipped(
        tmp_path / "all.zip", b_xml=gzip.compress(other), a__a_xml=PLAIN, notes_txt=b"not an export"
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("z.xml.gz", gzip.compress(PLAIN.replace(b'id="SA-', b'id="SC-')))
        archive.writestr("__MACOSX/._b.xml", b"\x00")

    ids, wrong = cases_of(path)

    assert ids == ["SA-1001", "SA-1002", "SC-1001", "SC-1002"]
    assert wrong == ["all.zip/b.xml: it is packed with gzip: let its name end with .gz"]


def test_a_gzip_that_breaks_off_keeps_the_cases_before_it(tmp_path: Path) -> None:
    write_export(tmp_path / "big.xml", cases=60, seed=1)
    packed = gzip.compress((tmp_path / "big.xml").read_bytes())
    (tmp_path / "cut.xml.gz").write_bytes(packed[: len(packed) * 2 // 3])

    ids, wrong = cases_of(tmp_path / "cut.xml.gz")

    assert 20 < len(ids) < 60
    place = f"the file ends early, after {len(ids)} complete cases"
    assert wrong == [f"cut.xml.gz: {place}: the compressed file is damaged from here on"]


@pytest.mark.parametrize("spoil", range(effort.of(8, thorough=200)))
def test_a_spoiled_archive_is_told_and_never_crashes(tmp_path: Path, spoil: int) -> None:
    dice = Random(spoil)
    body = bytearray(zipped(tmp_path / "x.zip", a_xml=PLAIN, b_xml=PLAIN).read_bytes())
    for _ in range(3):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    (tmp_path / "x.zip").write_bytes(body)

    ids, wrong = cases_of(tmp_path / "x.zip")

    assert len(ids) <= 4
    assert wrong or ids == ["SA-1001", "SA-1002"] * (2 if keeps_names(tmp_path / "x.zip") else 1)


def keeps_names(archive: Path) -> bool:
    """Tells whether no name was spoiled: a member that is not called *.xml is no export."""
    with zipfile.ZipFile(archive) as members:
        return members.namelist() == ["a.xml", "b.xml"]


def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    case = b'<case id="B-%d"><adult ref="P"/>' + b" " * 1_000_000 + b"</case>"
    many = b"".join(case.replace(b"%d", b"%d" % number) for number in range(40))
    path = zipped(
        tmp_path / "bomb.zip", a_xml=PLAIN.replace(b"</case_export>", many + b"</case_export>")
    )

    ids, wrong = cases_of(path)

    assert 10 < len(ids) < 20
    assert "it unpacks to more than 250 times its size" in wrong[0]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (UnpackLimits(max_export_bytes=len(PLAIN) - 1), "it unpacks to more than"),
        (UnpackLimits(max_ratio=1, ratio_from=100), "it unpacks to more than 1 times its size"),
        (UnpackLimits(max_archive_bytes=2 * len(PLAIN) - 1), "the zip archive unpacks to more"),
        (UnpackLimits(max_members=1), "the zip archive holds more than 1 files"),
    ],
    ids=["one export", "ratio", "all exports", "members"],
)
def test_a_limit_passed_is_told(tmp_path: Path, limits: UnpackLimits, said: str) -> None:
    path = zipped(tmp_path / "x.zip", a_xml=PLAIN, b_xml=PLAIN.replace(b"SA-", b"SB-"))

    _, wrong = cases_of(path, limits)

    assert said in wrong[0]


def test_at_its_limits_an_archive_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", a_xml=PLAIN, b_xml=PLAIN)
    limits = UnpackLimits(
        max_export_bytes=len(PLAIN), max_archive_bytes=2 * len(PLAIN), max_members=2
    )

    ids, wrong = cases_of(path, limits)

    assert (len(ids), wrong) == (4, [])


def test_archives_inside_archives_are_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.xml", PLAIN)
    path = zipped(tmp_path / "x.zip", a_xml=PLAIN, b_zip=inner.getvalue(), c_tar_gz=b"x")

    ids, wrong = cases_of(path)

    assert ids == ["SA-1001", "SA-1002"]
    assert [one.partition(": an archive inside")[0] for one in wrong] == [
        "x.zip/b.zip",
        "x.zip/c.tar.gz",
    ]


def test_an_encrypted_member_is_a_fault(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", a_xml=PLAIN)
    body = bytearray(path.read_bytes())
    body[6] |= 1  # in the local header, and in the directory
    body[body.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(body)

    assert cases_of(path) == (
        [],
        ["x.zip/a.xml: it is encrypted; unpack it with its password first"],
    )


def test_a_name_in_an_archive_is_never_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = zipped(folder / "x.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.xml", PLAIN)
        archive.writestr("/tmp/absolute.xml", PLAIN)

    ids, _ = cases_of(path)

    assert len(ids) == 4
    assert [one.name for one in tmp_path.rglob("*")] == ["in", "x.zip"]


def test_no_archive_and_an_empty_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"nothing of the kind")
    zipped(tmp_path / "empty.zip", notes_txt=b"")

    assert [one.refusal for one in exports_at(tmp_path / "no.zip")] == [
        "not a readable zip archive"
    ]
    assert [one.refusal for one in exports_at(tmp_path / "empty.zip")] == [
        "the zip archive has no export (*.xml, *.xml.gz)"
    ]
    assert cases_of(tmp_path / "gone.zip") == ([], ["gone.zip: there is no such file"])


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_packed_export_gives_the_results_of_the_plain_one(tmp_path: Path, jobs: str) -> None:
    write_export(tmp_path / "e.xml", cases=150, seed=3, profile="noisy")
    body = (tmp_path / "e.xml").read_bytes()
    (tmp_path / "e.xml.gz").write_bytes(gzip.compress(body))
    zipped(tmp_path / "e.zip", e_xml=body)

    documents = []
    for name in ("e.xml", "e.xml.gz", "e.zip"):
        done = run_here(
            *("scan", str(tmp_path / name), "--format", "json", "--out", "-", "--jobs", jobs)
        )
        documents.append(json.loads(done.stdout))

    plain, *packed = documents
    for one in packed:
        assert one["cases"] == plain["cases"]
        lines = [(fault["line"], fault["reason"]) for fault in one["faults"]]
        assert lines == [(fault["line"], fault["reason"]) for fault in plain["faults"]]
    names = [one["manifest"]["inputs"][0]["name"] for one in documents]
    assert names == ["e.xml", "e.xml.gz", "e.zip/e.xml"]
    sizes = [one["manifest"]["inputs"][0]["bytes"] for one in documents]
    assert sizes == [(tmp_path / name).stat().st_size for name in ("e.xml", "e.xml.gz", "e.zip")]


@pytest.mark.slow
def test_a_case_is_explained_out_of_an_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", a_xml=PLAIN)

    assert run_here("explain", "ASK-01", str(path), "--case", "SA-1002").returncode == 0
