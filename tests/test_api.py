"""What a host does by one call: load rulesets by name or path, scan, open a vendor's export."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from msp_rules import MspRulesError, ScanResult, load_mapping, load_ruleset, open_cases, scan
from msp_rules.rules import load_layers, shipped_ruleset
from tests.support.core import core_ruleset

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
EXPORT = ROOT / "tests/data/example-export.xml"
COUNCIL = ROOT / "rulesets/example-council"


def test_a_ruleset_is_loaded_by_name_or_path_and_is_the_same() -> None:
    folder = shipped_ruleset("msp-core")

    by_name = load_ruleset("msp-core")

    assert by_name == load_ruleset(folder) == load_layers(folder).ruleset
    assert by_name.sha256 == core_ruleset().sha256


def test_overlays_are_laid_over_it() -> None:
    over = load_ruleset("msp-core", [COUNCIL])

    assert over == load_ruleset(str(COUNCIL)) == load_ruleset("msp-core", [str(COUNCIL)])
    assert [layer.id for layer in over.layers] == ["msp-core", "example-council"]


def test_a_name_that_nobody_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(MspRulesError, match='did you mean "msp-core"'):
        load_ruleset("msp-coer")


def test_a_scan_without_a_folder_counts_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    result = scan(EXPORT, core_ruleset())

    assert isinstance(result, ScanResult)
    assert result.tally.cases == 2
    assert [one.name for one in result.inputs] == ["example-export.xml"]
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_a_scan_writes_the_formats_named_and_a_manifest(tmp_path: Path) -> None:
    scan([str(EXPORT)], core_ruleset(), out=tmp_path / "out", formats=["jsonl", "junit"])

    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["junit.xml", "manifest.json", "results.jsonl"]
    assert "SA-1001" in (tmp_path / "out/results.jsonl").read_text()
    assert "SA-1001" not in (tmp_path / "out/junit.xml").read_text()


def test_a_scan_judges_as_of_the_moment_named() -> None:
    result = scan(EXPORT, core_ruleset(), as_of="2026-01-05")

    assert [one.as_of for one in result.inputs] == ["2026-01-05"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"formats": ["json"]}, 'pass its path as "out"'),
        ({"out": "out", "formats": ["jsno"]}, 'did you mean "json"'),
        ({"as_of": datetime(2026, 1, 5)}, "without a time zone"),  # noqa: DTZ001 - refused
    ],
)
def test_what_a_scan_cannot_do_is_refused(
    options: dict[str, object], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MspRulesError, match=message):
        scan(EXPORT, core_ruleset(), **options)  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_a_vendors_own_export_is_read_by_its_mapping() -> None:
    mapping = load_mapping(str(ROOT / "docs/examples/mapping/forms.yaml"))

    with open_cases(str(ROOT / "docs/examples/mapping/forms.xml"), mapping=mapping) as source:
        cases = [case.id for case in source]

    assert cases[0] == "R-1"
