"""Cutting one value out of an overlay's text: comments, layout and all else stay."""

import pytest

from msp_rules.authoring.upgrade.overlay_edit import with_pin, without

HEAD = 'overlay: town\nextends: {id: small, version: "1.0.0", sha256: "aa"}\n'
WHY = "    because: a\n    approved_by: b\n"


@pytest.mark.parametrize(
    ("body", "rule", "what", "left"),
    [
        pytest.param(
            f"changes:\n  - rule: A\n    severity: flag\n{WHY}    enabled: true\n",
            "A",
            "severity",
            f"changes:\n  - rule: A\n{WHY}    enabled: true\n",
            id="one of two keys",
        ),
        pytest.param(
            f"changes:\n  - rule: A\n    severity: flag\n{WHY}",
            "A",
            "severity",
            "",
            id="the only change takes its part with it",
        ),
        pytest.param(
            "changes:\n- rule: A\n  severity: flag\n# of B\n- rule: B\n  enabled: true\n",
            "A",
            "severity",
            "changes:\n# of B\n- rule: B\n  enabled: true\n",
            id="items as far left as their key",
        ),
        pytest.param(
            "changes:\n- rule: A\n  severity: flag\nwaivers:\n- name: w\n  rules: B\n",
            "A",
            "severity",
            "waivers:\n- name: w\n  rules: B\n",
            id="a part as far left as its items",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    parameters:\n      p:   # of p\n        - {value: 1}\n"
            "      # of q\n      q:\n        - {value: 2}\n",
            "A",
            "p",
            "changes:\n  - rule: A\n    parameters:\n      # of q\n      q:\n"
            "        - {value: 2}\n",
            id="one of two parameters",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    enabled: true\n    parameters: {p: [{value: 1}]}\n",
            "A",
            "p",
            "changes:\n  - rule: A\n    enabled: true\n",
            id="the only parameter",
        ),
        pytest.param(
            "changes:\n  - severity: flag\n    enabled: true\n    rule: A\n",
            "A",
            "severity",
            "changes:\n  - enabled: true\n    rule: A\n",
            id="the key beside the dash",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    severity: flag\n    because: >-\n      long\n\n      text\n"
            "  - rule: B\n    enabled: true\n",
            "A",
            "severity",
            "changes:\n  - rule: B\n    enabled: true\n",
            id="a text of several paragraphs",
        ),
        pytest.param(
            "waivers:\n  - name: w\n    rules: [A, B]\n  - name: v\n    rules: A\n",
            "A",
            "waiver",
            "waivers:\n  - name: w\n    rules: [B]\n",
            id="of every waiver",
        ),
        pytest.param(
            "filters:\n  - name: f\n    rules:\n      - A\n      - B\n",
            "A",
            "filter",
            "filters:\n  - name: f\n    rules:\n      - B\n",
            id="of a filter",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    severity: flag\n",
            "B",
            "severity",
            "changes:\n  - rule: A\n    severity: flag\n",
            id="what is not there",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    severity: flag\n    from: 2026-01-01\n"
            "  - rule: A\n    severity: advice\n    enabled: true\n",
            "A",
            "severity",
            "changes:\n  - rule: A\n    enabled: true\n",
            id="of every change of the rule",
        ),
        pytest.param(
            f"changes:\n  - rule: A\n    accepts: [x]\n    summary: a\n{WHY}",
            "A",
            "summary",
            f"changes:\n  - rule: A\n    accepts: [x]\n{WHY}",
            id="words beside accepted reasons",
        ),
        pytest.param(
            "changes:\n  - rule: A\n    accepts: [x]\n    parameters: {p: [{value: 1}]}\n" + WHY,
            "A",
            "p",
            f"changes:\n  - rule: A\n    accepts: [x]\n{WHY}",
            id="the only parameter beside accepted reasons",
        ),
        pytest.param(
            "links:\n  - rules: A\n    label: a\n  - label: b\n",
            "A",
            "link",
            "links:\n  - label: b\n",
            id="the only rule of a link, which would be shown for all rules without it",
        ),
        pytest.param(
            "languages:\n  - language: cy\n    rules:\n      A: {revision: 1}\n    roles: {w: x}\n",
            "A",
            "language-cy",
            "languages:\n  - language: cy\n    roles: {w: x}\n",
            id="the only words of rules in a language",
        ),
        pytest.param(
            "languages:\n  - language: cy\n    rules:\n      A: {revision: 1}\n",
            "A",
            "language-cy",
            "",
            id="all that a language says",
        ),
        pytest.param(
            "languages:\n  - language: cy\n    rules:\n      A: {revision: 1}\n",
            "A",
            "language-pl",
            "languages:\n  - language: cy\n    rules:\n      A: {revision: 1}\n",
            id="another language",
        ),
    ],
)
def test_a_value_is_cut_out(body: str, rule: str, what: str, left: str) -> None:
    assert without(HEAD + body, rule, what) == HEAD + left


def test_what_shares_its_line_is_written_anew_with_its_comments() -> None:
    body = "# one\nchanges: [{rule: A, severity: flag, enabled: true}] # two\n# three\n"

    found = without(HEAD + body, "A", "severity")

    assert found.split() == (HEAD + body.replace("severity: flag, ", "")).split()


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        pytest.param(
            'extends: {id: s, version: "1.0.0", sha256: "aa"}',
            'extends: {id: s, version: "2.0.0", sha256: "bb"}',
            id="in one line",
        ),
        pytest.param(
            'extends: {sha256: aa, version: "1.0.0", id: s}',
            'extends: {sha256: bb, version: "2.0.0", id: s}',
            id="the other way round",
        ),
        pytest.param(
            "extends:\n  id: s\n  version: '1.0.0'  # of last year\n  sha256: aa # pinned",
            "extends:\n  id: s\n  version: '2.0.0'  # of last year\n  sha256: bb # pinned",
            id="in lines of their own, with comments",
        ),
    ],
)
def test_a_pin_is_written_in_its_place(extends: str, expected: str) -> None:
    text = f'overlay: t\nversion: "1.0.0"\n{extends}\n'

    assert with_pin(text, "2.0.0", "bb") == f'overlay: t\nversion: "1.0.0"\n{expected}\n'
