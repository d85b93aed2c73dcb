"""A result is checked by others: what was altered is said, what can't be known is not passed."""

import gzip
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from msp_rules.audit import verification
from msp_rules.audit.pseudonyms import read_key_file
from msp_rules.audit.verification import first_difference
from tests.builders.part_of_core import write_part_of_core
from tests.support import effort
from tests.support.command_line import DEMO, EXAMPLE, ROOT, Done, run_here
from tests.support.reported import FILES

pytestmark = pytest.mark.slow

TEXTS = ("json", "csv", "jsonl", "svrl", "junit")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rules of the core: quick to load, where rules are not the point."""
    folder = tmp_path_factory.mktemp("few") / "core"
    return write_part_of_core(folder, "rules/ADV-01.yaml", "rules/COM-01.yaml")


class Folder:
    """An export, its results, and the command that checks them."""

    def __init__(self, path: Path, ruleset: Path) -> None:
        self.path, self.ruleset = path, ruleset
        self.export, self.out = path / "in.xml", path / "out"
        self.export.write_bytes(DEMO.read_bytes())
        self.manifest = self.out / "manifest.json"

    def scan(self, *words: str) -> None:
        formats = [f"--format={name}" for name in TEXTS]
        words = (*formats, "--ruleset", str(self.ruleset), "--out", str(self.out), *words)
        done = run_here("scan", str(self.export), *words, "--quiet")
        assert done.returncode == 2, done.stderr

    def verify(self, *words: str) -> Done:
        return run_here("verify", str(self.manifest), "--ruleset", str(self.ruleset), *words)

    def identify(self, *pseudonyms: str) -> Done:
        return run_here("identify", str(self.export), *pseudonyms, "--ruleset", str(self.ruleset))

    def states(self, *words: str) -> dict[str, tuple[str, str | None]]:
        done = self.verify("--json", *words)
        body = json.loads(done.stdout)
        assert body["schema"] == "msp-verification/1"
        codes = {"ok": 0, "differs": 1, "cannot be checked": 2}
        assert done.returncode == codes[body["state"]]
        return {row["what"]: (row["state"], row["why"]) for row in body["checks"]}

    def edit(self, name: str, old: str, new: str) -> None:
        content = (self.out / name).read_bytes()
        assert old.encode() in content
        (self.out / name).write_bytes(content.replace(old.encode(), new.encode(), 1))


@pytest.fixture
def folder(tmp_path: Path, few: Path) -> Folder:
    found = Folder(tmp_path, few)
    found.scan()
    return found


def faults(states: dict[str, tuple[str, str | None]]) -> dict[str, tuple[str, str | None]]:
    return {what: found for what, found in states.items() if found[0] != "ok"}


def test_results_are_repeated_byte_for_byte(folder: Folder) -> None:
    done = folder.verify()

    assert done.returncode == 0, done.stdout
    for name in TEXTS:
        assert f"{FILES[name]}: ok\n" in done.stdout
        assert f"{FILES[name]} repeated: ok\n" in done.stdout
    assert "input in.xml: ok\n" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("repeats them byte for byte")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--identify",), id="identified"),
        pytest.param(("--share",), id="shared"),
        pytest.param(("--all-rows", "--show-team", "north"), id="all rows"),
        pytest.param(("--as-of", "2026-02-01"), id="another day"),
        pytest.param(("--as-of", "2026-02-01T10:30:00"), id="another moment"),
        pytest.param(("--matcher", "python"), id="the twin alone"),
        pytest.param(("--max-unpacked", "5"), id="a limit"),
    ],
)
def test_the_options_of_the_scan_are_those_of_the_repetition(
    tmp_path: Path, few: Path, words: tuple[str, ...]
) -> None:
    folder = Folder(tmp_path, few)
    folder.scan(*words)

    assert faults(folder.states(str(folder.export))) == {}


@pytest.mark.slow
def test_two_processes_repeat_what_one_gave(folder: Folder) -> None:
    assert faults(folder.states("--jobs", "2")) == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("results.json", '"rule":"COM-01"', '"rule":"COM-02"', "case MC-001, rule COM-02"),
        ("results.json", '"answered":', '"answered": ', "first at case MC-001"),
        ("results.json", '"colour":"grey"', '"colour":"none"', "case MC-001, audit, Q6"),
        ("results.json", '"case":"MC-002"', '"case":"MC-003"', "case MC-003"),
        ("results.json", '"faults":[{', '"faults":[{"x":1},{', "faults"),
        ("results.json", '"complete":false', '"complete":true', "manifest, complete"),
        ("results.jsonl", '"rule":"COM-01"', '"rule":"COM-02"', "case MC-001, rule COM-02"),
        ("results.csv", "MC-003,COM-01", "MC-003,COM-02", "case MC-003, rule COM-02"),
        ("report.svrl", "not_met", "met", "from byte "),
    ],
)
def test_an_altered_file_is_named_with_the_place(
    folder: Folder, name: str, old: str, new: str, place: str
) -> None:
    folder.edit(name, old, new)

    found = faults(folder.states())

    assert list(found) == [name]
    state, why = found[name]
    assert state == "differs"
    assert why is not None
    assert place in why
    assert old not in why


@pytest.mark.parametrize("name", [FILES[name] for name in TEXTS])
def test_one_byte_anywhere_is_noticed(folder: Folder, name: str) -> None:
    content = bytearray((folder.out / name).read_bytes())
    content[len(content) // 3] ^= 1
    (folder.out / name).write_bytes(content)

    assert list(faults(folder.states())) == [name]


def test_a_missing_file_and_a_longer_one_differ(folder: Folder) -> None:
    (folder.out / "results.csv").unlink()
    with (folder.out / "results.jsonl").open("a") as stream:
        stream.write("{}\n")

    found = faults(folder.states())

    assert found["results.csv"] == ("differs", "it is missing")
    assert found["results.jsonl"][0] == "differs"
    assert len(found) == 2


def test_whoever_alters_file_and_manifest_is_found_out_by_the_repetition(folder: Folder) -> None:
    before = verification.output_row(folder.out / "results.csv")
    folder.edit("results.csv", "not_met", "met")
    after = verification.output_row(folder.out / "results.csv")
    folder.edit("manifest.json", before["sha256"], after["sha256"])

    found = faults(folder.states())

    assert list(found) == ["results.csv repeated"]
    why = found["results.csv repeated"][1]
    assert why is not None
    assert why.startswith("the scan gives different bytes, first at case MC-0")


def test_a_manifest_that_says_something_else_differs(folder: Folder) -> None:
    folder.edit("manifest.json", '"complete": false', '"complete": true')

    assert faults(folder.states()) == {
        "manifest repeated": ("differs", "the scan gives a different complete")
    }


def test_another_export_is_not_the_one_that_was_scanned(folder: Folder) -> None:
    folder.export.write_text(folder.export.read_text().replace("MC-001", "MC-999"))

    found = faults(folder.states())

    assert found == {
        "input in.xml": ("differs", "its hash is not the stated one"),
        "repeated scan": ("cannot be checked", "not everything that it needs is here"),
    }


def test_without_the_export_nothing_is_passed_as_repeated(folder: Folder, tmp_path: Path) -> None:
    folder.export.rename(tmp_path / "renamed.xml")

    nowhere = faults(folder.states())
    renamed = faults(folder.states(str(tmp_path / "renamed.xml")))

    why = "no file given, and none beside the manifest, has the stated hash"
    assert nowhere["input in.xml"] == ("cannot be checked", why)
    assert nowhere["repeated scan"][0] == "cannot be checked"
    assert "renamed.xml is the same file under another name" in str(renamed["input in.xml"][1])


@pytest.mark.parametrize("kind", ["zip", "xml.gz", "folder"])
def test_packed_exports_and_folders_are_found_and_repeated(
    folder: Folder, tmp_path: Path, kind: str
) -> None:
    packed = tmp_path / f"packed.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(folder.export, "one.xml")
            archive.writestr("two.xml", EXAMPLE.read_bytes())
    elif kind == "folder":
        packed.mkdir()
        folder.export.rename(packed / "one.xml")
    else:
        packed.write_bytes(gzip.compress(folder.export.read_bytes()))
    folder.export = packed
    folder.scan()

    given = folder.states(str(packed))
    beside = folder.states()

    assert faults(given) == {}
    assert len([what for what in given if what.startswith("input ")]) == 1 + (kind == "zip")
    if kind != "folder":
        assert faults(beside) == {}
        packed.write_bytes(packed.read_bytes() + b" ")
        altered = [s for what, (s, _) in folder.states().items() if what.startswith("input ")]
        assert set(altered) == {"differs"}


def test_a_changed_rule_is_said_and_nothing_repeated(folder: Folder, tmp_path: Path) -> None:
    other = write_part_of_core(tmp_path / "other", "rules/ADV-01.yaml")

    found = faults(folder.states("--ruleset", str(other)))

    assert set(found) == {"ruleset msp-core", "repeated scan"}
    assert {state for state, _ in found.values()} == {"cannot be checked"}
    assert "its files differ" in str(found["ruleset msp-core"][1])


def test_an_overlay_must_be_named(folder: Folder) -> None:
    town = '{"id": "town", "version": "1.0.0", "sha256": "0"}'
    folder.edit("manifest.json", '"layers": [', f'"layers": [{town},')

    found = faults(folder.states())

    assert "town 1.0.0" in str(found["ruleset msp-core"][1])
    assert "--overlay" in str(found["ruleset msp-core"][1])


def test_a_mapping_must_be_named_and_be_the_same(tmp_path: Path, few: Path) -> None:
    folder, forms = Folder(tmp_path, few), ROOT / "docs/examples/mapping/forms.yaml"
    folder.export.write_bytes(forms.with_suffix(".xml").read_bytes())
    folder.scan("--mapping", str(forms))
    other = tmp_path / "other.yaml"
    other.write_text(forms.read_text().replace("name: ", "name: Other "))

    unnamed, named = folder.states(), folder.states("--mapping", str(forms))
    changed = folder.states("--mapping", str(other))

    assert faults(unnamed)["mapping"][0] == "cannot be checked"
    assert faults(named) == {}
    assert faults(changed) == {"repeated scan": ("cannot be checked", "made with another mapping")}


def test_an_interrupted_scan_is_checked_and_not_repeated(folder: Folder) -> None:
    folder.edit("manifest.json", '"interrupted": false', '"interrupted": true')

    found = faults(folder.states())

    assert found == {"repeated scan": ("cannot be checked", "it was interrupted; see --resume")}


def test_without_its_key_what_is_not_pseudonymised_is_still_repeated(
    tmp_path: Path, few: Path
) -> None:
    folder = Folder(tmp_path, few)
    key = tmp_path / "council.key"
    assert run_here("key", "pseudonym", str(key)).returncode == 0
    folder.scan("--pseudonym-key", str(key))

    without = folder.states()
    given = folder.states("--pseudonym-key", str(key))

    assert [what.split()[0] for what in faults(without)] == ["pseudonym"]
    assert "results.json repeated" in without
    assert "junit.xml repeated" not in without
    assert faults(given) == {}
    assert "junit.xml repeated" in given


def test_another_version_of_the_program_can_not_repeat_it(folder: Folder) -> None:
    folder.edit("manifest.json", '"msp-rules 0', '"msp-rules 99')
    folder.edit("manifest.json", '"msp-rules": "0', '"msp-rules": "99')

    found = faults(folder.states())

    assert list(found) == ["repeated scan"]
    state, why = found["repeated scan"]
    assert state == "cannot be checked"
    assert why is not None
    assert why.startswith("made with another engine; msp-rules 99")


def test_another_version_of_a_library_alone_is_no_difference(folder: Folder) -> None:
    folder.edit("manifest.json", '"lxml": "', '"lxml": "99')

    assert faults(folder.states()) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "msp-manifest/1"}',
        '{"schema": "msp-manifest/1", "options": {}, "versions": {}, "ruleset": {}, "layers": [],'
        ' "inputs": [], "outputs": [{"name": "../in.xml", "sha256": "", "bytes": 0}]}',
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)

    done = run_here("verify", str(tmp_path / "manifest.json"))

    assert done.returncode == 4
    assert done.stderr.startswith("manifest.json: not ")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@pytest.mark.fuzz
@given(data=st.data())
@settings(
    max_examples=effort.of(30, thorough=300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_manifest_that_somebody_spoilt_is_never_a_crash(
    folder: Folder, data: st.DataObject
) -> None:
    folder.export.unlink(missing_ok=True)  # nothing is repeated, which would take long
    body = json.loads(folder.manifest.read_text())
    spoilt = folder.out / "spoilt.json"
    inner = body
    while isinstance(inner, dict | list) and inner:
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(inner[key], dict | list) or data.draw(st.booleans()):
            inner[key] = data.draw(JUNK)
            break
        inner = inner[key]
    spoilt.write_text(json.dumps(body))

    done = run_here("verify", str(spoilt), "--ruleset", str(folder.ruleset))

    assert done.returncode in (1, 2, 4), done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [('"matcher": "auto"', '"matcher": "Zcanary"'), ('"csv",', '"csv", "Zcanary",')],
)
def test_options_that_no_scan_has_are_said_and_not_shown(
    folder: Folder, old: str, new: str
) -> None:
    folder.edit("manifest.json", old, new)

    done = folder.verify()

    assert done.returncode == 2
    assert "the manifest states options that no scan has" in done.stdout
    assert "Zcanary" not in done.stdout + done.stderr


def test_a_result_of_another_scan_beside_is_said(folder: Folder) -> None:
    (folder.out / "report.html").write_text("of last year")

    why = "it is in this folder, but not in the manifest"
    assert faults(folder.states()) == {"report.html": ("cannot be checked", why)}


def test_a_missing_manifest_is_unreadable(tmp_path: Path) -> None:
    assert run_here("verify", str(tmp_path / "manifest.json")).returncode == 4


def test_no_difference_shows_what_stands_there(folder: Folder) -> None:
    folder.edit("results.json", '"evidence":["e', '"evidence":["Zcanary')
    folder.edit("results.jsonl", '"evidence":["e', '"evidence":["Zcanary')
    folder.edit("results.csv", ",amber,", ",Zcanary,")

    done = folder.verify()

    assert done.returncode == 1
    assert "Zcanary" not in done.stdout + done.stderr


def test_difference_of_other_files_is_a_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "a.bin", tmp_path / "b.bin"
    one.write_bytes(b"x" * 70_000)
    other.write_bytes(b"x" * 69_999 + b"y")

    assert first_difference(one, other, {}) == "from byte 70000 on"
    other.write_bytes(b"x" * 65_536)
    assert first_difference(one, other, {}) == "from byte 65537 on"


class TestSignature:
    """Signed by who holds the private key, and checked with the public one."""

    @pytest.fixture
    def keys(self, tmp_path: Path) -> Path:
        assert run_here("key", "signing", str(tmp_path / "keys")).returncode == 0
        return tmp_path / "keys"

    def sign(self, folder: Folder, keys: Path) -> Done:
        return run_here("sign", str(folder.manifest), "--key", str(keys / "signing.key"))

    def test_signed_and_checked(self, folder: Folder, keys: Path) -> None:
        assert self.sign(folder, keys).returncode == 0

        states = folder.states("--public-key", str(keys / "signing.pub"))

        assert states["signature"] == ("ok", None)
        assert faults(states) == {}
        assert folder.states()["signature"][0] == "cannot be checked"

    @pytest.mark.parametrize(
        ("spoil", "why"),
        [
            (lambda f: f.edit("manifest.json", "false", "true"), "the signature does not match"),
            (lambda f: f.edit("manifest.json.sig", "key: sha256:", "key: sha256:0"), None),
            (lambda f: (f.out / "manifest.json.sig").unlink(), "there is no manifest.json.sig"),
        ],
        ids=["altered manifest", "altered signature", "no signature"],
    )
    def test_what_was_spoilt_is_said(
        self, folder: Folder, keys: Path, spoil: Callable[[Folder], None], why: str | None
    ) -> None:
        self.sign(folder, keys)
        spoil(folder)

        done = folder.verify("--public-key", str(keys / "signing.pub"))

        if why is None:
            assert done.returncode == 4
            assert "not a signature by msp-rules" in done.stderr
        else:
            assert done.returncode == 1
            assert f"signature: differs ({why}" in done.stdout

    def test_another_key_is_said_with_both_fingerprints(
        self, folder: Folder, keys: Path, tmp_path: Path
    ) -> None:
        self.sign(folder, keys)
        run_here("key", "signing", str(tmp_path / "others"))

        states = folder.states("--public-key", str(tmp_path / "others/signing.pub"))

        state, why = states["signature"]
        assert state == "differs"
        assert str(why).count("sha256:") == 2

    def test_altered_results_are_not_signed(self, folder: Folder, keys: Path) -> None:
        folder.edit("results.csv", "not_met", "met")

        done = self.sign(folder, keys)

        assert done.returncode == 1
        assert "not signed" in done.stderr
        assert not (folder.out / "manifest.json.sig").exists()

    def test_keys_are_their_owners_and_stay(self, keys: Path) -> None:
        before = (keys / "signing.key").read_bytes()

        again = run_here("key", "signing", str(keys))

        assert again.returncode == 3
        assert "never overwritten" in again.stderr
        assert (keys / "signing.key").read_bytes() == before
        assert (keys / "signing.key").stat().st_mode & 0o777 == 0o600

    def test_the_wrong_half_of_the_pair_is_refused(self, folder: Folder, keys: Path) -> None:
        wrong = run_here("sign", str(folder.manifest), "--key", str(keys / "signing.pub"))
        self.sign(folder, keys)
        other = folder.verify("--public-key", str(keys / "signing.key"))

        assert (wrong.returncode, other.returncode) == (3, 3)
        assert "not a private Ed25519 key" in wrong.stderr
        assert "not a public Ed25519 key" in other.stderr

    def test_without_the_library_the_extra_is_named(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)

        done = run_here("key", "signing", str(folder.path / "none"))

        assert done.returncode == 3
        assert "msp-rules[signing]" in done.stderr


class TestIdentify:
    """From a pseudonym back to the record, where key and export are."""

    def test_case_event_team_and_file_are_found_again(self, folder: Folder) -> None:
        lines = (folder.out / "junit.xml").read_text().split("\n")
        case = next(line for line in lines if "<testsuite " in line).split('"')[1]
        first = json.loads((folder.out / "results.jsonl").read_text().split("\n")[0])

        done = folder.identify(case)

        assert done.returncode == 0
        assert done.stdout.startswith(f"{case}: case {first['case']} (in.xml:")

    def test_what_is_not_there_is_said(self, folder: Folder) -> None:
        done = folder.identify("c-aaaaaaaaaaaaaaaa")

        assert done.returncode == 1
        assert "c-aaaaaaaaaaaaaaaa: not found in this export with key k-" in done.stderr

    def test_every_pseudonym_of_a_faulty_export_leads_back(self, tmp_path: Path, few: Path) -> None:
        text = DEMO.read_text().replace('<case id="MC-002"', '<case id="MC-001"')
        text = text.replace('<case id="MC-003"', "<case")
        (tmp_path / "in.xml").write_text(text)
        out = tmp_path / "out"
        words = ("--ruleset", str(few), "--format", "json", "--out", str(out), "--quiet")
        run_here("scan", str(tmp_path / "in.xml"), *words, "--share")
        document = (out / "results.json").read_text()
        found = sorted(set(re.findall(r'"([cef]-[a-z2-7]{10,16})"', document)))

        done = run_here("identify", str(tmp_path / "in.xml"), *found, "--ruleset", str(few))

        assert len(found) > 100
        assert done.returncode == 0, done.stderr


def test_a_scan_makes_its_own_key_once_and_says_so(
    tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    words = ("scan", str(EXAMPLE), "--ruleset", str(few), "--format", "html")
    words += ("--matcher", "python", "--out")  # says nothing of a matcher that can't be had

    first = run_here(*words, str(tmp_path / "a"))
    second = run_here(*words, str(tmp_path / "b"))

    assert "a pseudonym key was made" in first.stderr
    assert second.stderr == ""
    a, b = ((tmp_path / name / "report.html").read_bytes() for name in "ab")
    assert a == b
    assert [path.name for path in (tmp_path / "settings").rglob("*.key")] == ["pseudonym.key"]


def test_a_report_says_whose_pseudonyms_it_holds(
    tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "council.key"
    run_here("key", "pseudonym", str(key))
    monkeypatch.setenv("MSP_RULES_PSEUDONYM_KEY", str(key))
    key_id = read_key_file(key).key_id
    words = ("scan", str(EXAMPLE), "--ruleset", str(few), "--quiet", "--out")

    run_here(*words, str(tmp_path / "reports"))
    run_here(*words, str(tmp_path / "all"), "--share", "--format", "json")
    run_here(*words, str(tmp_path / "none"), "--identify", "--format", "html")

    page = (tmp_path / "reports/report.html").read_text()
    book = load_workbook(tmp_path / "reports/report.xlsx")["Summary"]
    assert f"pseudonyms made with the key {key_id}." in page
    assert any(key_id in str(row) for row in book.iter_rows(values_only=True))
    named = {
        folder: json.loads((tmp_path / folder / "results.json").read_text())["manifest"]
        for folder in ("reports", "all")
    }
    assert named["reports"]["pseudonym_key"] is None
    assert named["all"]["pseudonym_key"] == key_id
    assert named["all"]["inputs"][0]["name"] == read_key_file(key).file(EXAMPLE.name)
    assert "pseudonyms made with" not in (tmp_path / "none/report.html").read_text()


def test_where_no_key_can_be_stored_pseudonyms_cannot_be_traced_and_it_is_said(
    tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings").write_text("a file where a folder is needed")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))

    done = run_here(
        *("scan", str(EXAMPLE), "--ruleset", str(few), "--format", "junit"),
        *("--out", str(tmp_path / "out"), "--quiet"),
    )

    assert done.returncode == 0
    assert "can't be traced" in done.stderr
    assert "SA-1001" not in (tmp_path / "out/junit.xml").read_text()


def test_a_named_key_that_is_none_stops_the_scan(tmp_path: Path, few: Path) -> None:
    words = ("--ruleset", str(few), "--format", "html", "--out", str(tmp_path / "out"))
    key = ("--pseudonym-key", str(tmp_path / "no.key"))

    none = run_here("scan", str(EXAMPLE), *words, *key)
    not_needed = run_here("scan", str(EXAMPLE), *words, *key, "--identify")
    both = run_here("scan", str(EXAMPLE), *words, "--identify", "--share")

    assert (none.returncode, not_needed.returncode, both.returncode) == (3, 0, 64)
    assert "no.key can't be read" in none.stderr


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_key_that_others_can_read_is_said(tmp_path: Path, few: Path) -> None:
    key = tmp_path / "a.key"
    run_here("key", "pseudonym", str(key))
    key.chmod(0o644)

    done = run_here(
        *("scan", str(EXAMPLE), "--ruleset", str(few), "--format", "html"),
        *("--pseudonym-key", str(key), "--out", str(tmp_path / "out")),
    )

    assert done.returncode == 0
    assert "other users can read this key" in done.stderr
