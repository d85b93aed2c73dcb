"""Steps about results that are traced, verified and handed on."""

import json
import re
import shutil
from pathlib import Path

import pytest
from lxml import html
from pytest_bdd import given, parsers, then, when

from msp_rules.reports.labels import VERDICTS
from tests.support.canaries import ANY, write_canaries, written
from tests.support.command_line import DEMO, Done, run_here
from tests.support.core import core_ruleset
from tests.support.reported import FILES

_NAMES = {"report page": "html", "workbook": "xlsx", "result document": "json"}


class Handed:
    """Results in a folder, the export beside them, and what was found out of them."""

    def __init__(self, folder: Path) -> None:
        self.export, self.out = folder / "council.xml", folder / "results"
        self.manifest = self.out / "manifest.json"
        self.export.write_bytes(DEMO.read_bytes())
        self.public_key: Path | None = None
        self.said: list[Done] = []

    def scan(self, *words: str, out: Path | None = None) -> None:
        folder = str(out or self.out)
        done = run_here("scan", str(self.export), "--out", folder, "--quiet", *words)
        assert done.returncode == 2, done.stderr

    def cases(self, out: Path | None = None) -> list[str]:
        document = json.loads(((out or self.out) / "results.json").read_text())
        return [case["case"] for case in document["cases"]]

    def checks(self) -> dict[str, str]:
        return {row["what"]: row["state"] for row in json.loads(self.said[-1].stdout)["checks"]}


@pytest.fixture
def handed(tmp_path: Path) -> Handed:
    return Handed(tmp_path)


@given("the shared results of the made-up council")
def shared_results(handed: Handed) -> None:
    handed.scan("--share", "--format", "json", "--format", "html")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results that several scenarios start from, each with a copy of its own."""
    made = Handed(tmp_path_factory.mktemp("made-once"))
    made.scan()
    return made.out


@given("results of the made-up council that were made a month ago")
def older_results(handed: Handed, made_once: Path) -> None:
    shutil.copytree(made_once, handed.out)


@given("signed results of the made-up council")
def signed_results(handed: Handed) -> None:
    handed.scan("--format", "csv")
    keys = handed.out.parent / "keys"
    run_here("key", "signing", str(keys))
    done = run_here("sign", str(handed.manifest), "--key", str(keys / "signing.key"))
    assert done.returncode == 0, done.stderr
    handed.public_key = keys / "signing.pub"


@given(parsers.parse("one byte of the {file} has been altered since"))
def altered_file(handed: Handed, file: str) -> None:
    path = handed.out / FILES[_NAMES[file]]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@given("the export has been altered since")
def altered_export(handed: Handed) -> None:
    handed.export.write_bytes(handed.export.read_bytes() + b"\n")


@given("the manifest has been altered since")
def altered_manifest(handed: Handed) -> None:
    handed.manifest.write_bytes(handed.manifest.read_bytes().replace(b"false", b"true ", 1))


@given("an export in which every word that people wrote names a person")
def export_of_names(handed: Handed, tmp_path: Path) -> None:
    handed.export.unlink()
    handed.export = tmp_path / "exports"
    write_canaries(handed.export)


@given("shared results of the made-up council for two quarters")
def two_quarters(handed: Handed) -> None:
    for day, name in (("2026-02-28", "first"), ("2026-03-31", "second")):
        out = handed.out / name
        handed.scan("--share", "--format", "json", "--as-of", day, out=out)


@given("the same results shared by two councils")
def two_councils(handed: Handed, tmp_path: Path) -> None:
    for name in ("first", "second"):
        key = tmp_path / f"{name}.key"
        run_here("key", "pseudonym", str(key))
        words = ("--share", "--format", "json", "--pseudonym-key", str(key))
        handed.scan(*words, out=handed.out / name)


@when(
    parsers.re(
        "the auditor follows one of the cases that the report counts as not evidenced for "
        r"(?P<rule>\S+)"
    ),
    target_fixture="rule",
)
def follow_one(handed: Handed, rule: str) -> str:
    page = html.fromstring((handed.out / "report.html").read_text())
    named = next(
        article
        for article in page.xpath("//article")
        if any(
            VERDICTS["not_met"] == answer.xpath("string(span)")
            for answer in article.xpath(f".//li[@data-r='{rule}']")
        )
    )
    pseudonym = re.search(r"c-[a-z2-7]{16}", html.tostring(named).decode())
    assert pseudonym is not None
    handed.said.append(run_here("identify", str(handed.export), pseudonym[0]))
    case = handed.said[0].stdout.partition(": case ")[2].split(" ")[0]
    handed.said.append(run_here("explain", rule, str(handed.export), "--case", case))
    return rule


@when("the auditor follows every pseudonym of a case")
def follow_all(handed: Handed) -> None:
    handed.said.append(run_here("identify", str(handed.export), *handed.cases()))


@when("the auditor has them verified")
def verified(handed: Handed) -> None:
    words = ["--public-key", str(handed.public_key)] if handed.public_key is not None else []
    handed.said.append(
        run_here("verify", str(handed.manifest), str(handed.export), "--json", *words)
    )


@when("the council makes results to hand on")
def made_to_share(handed: Handed) -> None:
    handed.scan("--share", *(word for name in FILES for word in ("--format", name)))


@when("the board looks for the cases of the first quarter")
@when("somebody looks for the cases of one in the other's")
def looked_for(handed: Handed) -> None:
    assert len(handed.cases(handed.out / "first")) > 30


@then("the case is found in the export")
def found(handed: Handed) -> None:
    assert handed.said[0].returncode == 0, handed.said[0].stderr
    case = handed.said[0].stdout.partition(": case ")[2].split(" ")[0]
    assert f'<case id="{case}"' in handed.export.read_text()


@then("the reason for the verdict on that case is told")
def reason_told(handed: Handed) -> None:
    assert ": not_met" in handed.said[1].stdout
    assert "because: past the limit; not evidenced in the record" in handed.said[1].stdout


@then("the place in guidance or law that the rule rests on is told")
def citation_told(handed: Handed, rule: str) -> None:
    cited = next(one for one in core_ruleset().rules if one.id == rule).cites
    assert cited
    for cite in cited:
        label = core_ruleset().cited[cite.source].label
        line = f"{rule} rests on: {label}: {cite.at}\n"
        assert line in handed.said[1].stdout


@then("each leads to a case of its own")
def own_cases(handed: Handed) -> None:
    meant = re.findall(r": case (\S+) ", handed.said[0].stdout)
    assert handed.said[0].returncode == 0
    assert len(meant) == len(set(meant)) == len(handed.cases()) > 0


@then("the results are the ones that were made")
def as_made(handed: Handed) -> None:
    assert handed.said[-1].returncode == 0, handed.said[-1].stdout
    assert set(handed.checks().values()) == {"ok"}


@then("a new scan gives every byte of them again")
def repeated(handed: Handed) -> None:
    files = [FILES[name] for name in ("json", "csv", "html", "xlsx")]
    assert {f"{name} repeated" for name in files} <= set(handed.checks())


@then(parsers.parse("only the {file} is named as altered"))
def only_file(handed: Handed, file: str) -> None:
    wrong = [what for what, state in handed.checks().items() if state != "ok"]
    assert wrong == [FILES[_NAMES[file]]]
    assert handed.said[-1].returncode == 1


@then("the export is named as altered")
def export_named(handed: Handed) -> None:
    assert handed.checks()["input council.xml"] == "differs"


@then("nothing is said to be repeated")
def nothing_repeated(handed: Handed) -> None:
    assert handed.checks()["repeated scan"] == "cannot be checked"
    assert not [what for what in handed.checks() if what.endswith(" repeated")]


@then("the signature is said not to fit")
def signature_broken(handed: Handed) -> None:
    assert handed.checks()["signature"] == "differs"


@then("nobody is named in them")
def nobody(handed: Handed) -> None:
    files = list(handed.out.iterdir())
    assert len(files) == len(FILES) + 1
    for path in files:
        assert ANY.search(written(path)) is None, path.name


@then("each has the same pseudonym in the second")
def same_pseudonyms(handed: Handed) -> None:
    first, second = (handed.cases(handed.out / name) for name in ("first", "second"))
    assert first == second


@then("none is found")
def none_found(handed: Handed) -> None:
    first, second = (set(handed.cases(handed.out / name)) for name in ("first", "second"))
    assert first.isdisjoint(second)
