"""Pseudonyms: stable under one key, told from each other, and leading nowhere without it."""

import pickle
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_rules.audit.pseudonyms import (
    Pseudonyms,
    is_open_to_others,
    key_for_one_run,
    new_key_file,
    pseudonymised_case,
    pseudonymised_result,
    read_key_file,
)
from msp_rules.audit.request import ScanRequest
from msp_rules.errors import MspRulesError
from msp_rules.rules import load_ruleset, shipped_ruleset
from tests.support.command_line import DEMO
from tests.support.scanning import scanned

ONE, OTHER = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
TEXT = st.text(min_size=1, max_size=12)


@given(TEXT, TEXT, TEXT)
def test_only_the_same_case_has_the_same_pseudonym(one: str, two: str, event: str) -> None:
    again = Pseudonyms(b"1" * 32)

    assert ONE.case(one) == again.case(one)
    assert (ONE.case(one) == ONE.case(two)) == (one == two)
    assert (ONE.event(one, event) == ONE.event(two, event)) == (one == two)
    assert ONE.case(one) != OTHER.case(one)
    assert ONE.key_id != OTHER.key_id


def test_parts_of_an_id_are_never_taken_for_others() -> None:
    assert ONE.event("a", "bc") != ONE.event("ab", "c")
    assert ONE.event("1:a", "b") != ONE.event("1", ":ab")


def test_shape_is_one_word_of_the_stated_length() -> None:
    found = [ONE.case("x"), ONE.event("x", "e"), ONE.team("north"), ONE.file("a.xml"), ONE.key_id]

    assert [(one[:2], len(one)) for one in found] == [
        ("c-", 18),
        ("e-", 12),
        ("t-", 12),
        ("f-", 12),
        ("k-", 12),
    ]
    assert "".join(found).replace("-", "").isalnum()


def test_known_answer() -> None:
    """HMAC-SHA-256 of "1:c7:SA-1001", worked out apart from this code (see docs/trust.md)."""
    assert ONE.case("SA-1001") == "c-6fjr45naqvkg45d5"


def test_a_team_may_be_named_where_it_is_said() -> None:
    shown = Pseudonyms(b"1" * 32, frozenset({"north"}))

    assert shown.team("north") == "north"
    assert shown.team("south") == ONE.team("south")


def test_the_key_is_in_no_repr_and_goes_to_another_process() -> None:
    assert "1111" not in repr(ONE)
    assert pickle.loads(pickle.dumps(ONE)).case("x") == ONE.case("x")


def test_key_file_is_its_owners_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.key"

    new_key_file(path)
    text = path.read_text()
    with pytest.raises(MspRulesError, match=r"^a\.key already exists"):
        new_key_file(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_open_to_others(path)
    assert path.read_text() == text
    assert [one.name for one in path.parent.iterdir()] == ["a.key"]
    assert read_key_file(path).key_id == read_key_file(path).key_id
    path.chmod(0o640)
    assert is_open_to_others(path)


@pytest.mark.parametrize("text", ["", "secret", "msp-rules pseudonym key 1\nAAAA\n", "\n\n"])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.key").write_text(text)

    with pytest.raises(MspRulesError) as refused:
        read_key_file(tmp_path / "a.key")

    assert str(refused.value).startswith("a.key: not a pseudonym key")
    assert "secret" not in str(refused.value)


def test_keys_of_single_runs_differ() -> None:
    assert key_for_one_run().key_id != key_for_one_run().key_id


@pytest.mark.slow
def test_nothing_of_the_export_is_left_but_dates_and_codes() -> None:
    ruleset = load_ruleset(shipped_ruleset("msp-core"))
    results, whole = scanned(ScanRequest(exports=(DEMO,), ruleset=ruleset, matcher="python"))

    shared = [pseudonymised_case(one, ONE) for one in results]
    counted = pseudonymised_result(whole, ONE)

    said = repr(shared) + repr(counted.tally) + repr(counted.inputs)
    ids = {
        f"'{one}'"
        for result in results
        for answer in result.answers
        for one in (result.case, answer.subject, *answer.evidence, result.owner[1])
        if one
    }
    assert len(ids) > 60
    assert [one for one in ids if one in said] == []
    assert DEMO.name not in said
    assert [replace(one, case="", owner=("", "")).answered for one in shared] == [
        one.answered for one in results
    ]
    assert counted.tally.answers == whole.tally.answers
    assert len(counted.tally.faults) == len(whole.tally.faults) > 0
