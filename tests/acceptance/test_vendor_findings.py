"""Each finding of a vendor's developer names the tests that hold it, and these are there."""

from __future__ import annotations

import re

from tests.support.command_line import ROOT

PAGE = ROOT / "tests/vendor_findings.md"


def rows() -> dict[str, list[str]]:
    """The tests that each finding names."""
    lines = [one for one in PAGE.read_text("utf-8").splitlines() if re.match(r"\| (D?\d+) \|", one)]
    return {one.split("|")[1].strip(): re.findall(r"`(tests/[^`]+)`", one) for one in lines}


def test_each_finding_names_tests_that_are_there() -> None:
    found = rows()

    missing = [
        test
        for tests in found.values()
        for test in tests
        if not (ROOT / test.partition("::")[0]).is_file()
        or f"def {test.partition('::')[2]}(" not in (ROOT / test.partition("::")[0]).read_text()
    ]
    findings = [name for name in found if name.startswith("D")]
    assert findings == [f"D{number}" for number in range(1, 27)]
    assert "5" in found
    assert all(found.values())
    assert missing == []
