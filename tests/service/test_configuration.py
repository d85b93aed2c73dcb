"""A configuration file is read whole, and every mistake in it is named with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from msp_rules.errors import RulesetInvalid
from msp_rules.prompts.policy import AnswerLimits, FeedbackPolicy
from msp_rules.service.configuration import (
    ClientSettings,
    Limits,
    ServiceSettings,
    TenantSettings,
)
from msp_rules.service.decode_configuration import configuration_schema, load_configuration

FULL = """\
schema: msp-rules/service/1
address: https://prompts.example.org/
tenants:
  anytown:
    memory: anytown.db
    overlays: [overlay.yaml]
    mapping: forms.yaml
    supplies: [concern_raised, outcomes_conversation.asked]
  othertown:
    memory_variable: OTHERTOWN_MEMORY
    memory_schema: othertown
    ruleset: msp-core
clients:
  - iss: https://ehr.example.org
    jku: https://ehr.example.org/keys.json
    tenants: [anytown, othertown]
  - iss: batch
    keys: keys.json
    tenants: [othertown]
origins: [https://ehr.example.org]
open: [metrics]
limits:
  body_bytes: 65536
  leeway_seconds: 30
sweep_seconds: 5
"""


def write(folder: Path, text: str) -> Path:
    for name in ("overlay.yaml", "forms.yaml", "keys.json"):
        (folder / name).touch()
    path = folder / "service.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(RulesetInvalid) as refused:
        load_configuration(write(folder, text))
    return [str(one) for one in refused.value.problems]


def test_every_key_is_read_and_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    assert load_configuration(write(tmp_path, FULL)) == ServiceSettings(
        address="https://prompts.example.org",
        tenants=(
            TenantSettings(
                name="anytown",
                memory=str(tmp_path / "anytown.db"),
                overlays=(tmp_path / "overlay.yaml",),
                mapping=tmp_path / "forms.yaml",
                supplies=("concern_raised", "outcomes_conversation.asked"),
            ),
            TenantSettings(
                name="othertown",
                memory_variable="OTHERTOWN_MEMORY",
                memory_schema="othertown",
            ),
        ),
        clients=(
            ClientSettings(
                iss="https://ehr.example.org",
                jku="https://ehr.example.org/keys.json",
                tenants=frozenset({"anytown", "othertown"}),
            ),
            ClientSettings(
                iss="batch", keys=tmp_path / "keys.json", tenants=frozenset({"othertown"})
            ),
        ),
        origins=("https://ehr.example.org",),
        open_calls=frozenset({"metrics"}),
        limits=Limits(body_bytes=65536, leeway_seconds=30),
        sweep_seconds=5,
    )


def test_one_tenant_and_its_memory_are_enough(tmp_path: Path) -> None:
    text = "schema: msp-rules/service/1\ntenants:\n  only:\n    memory: memory.db\n"

    read = load_configuration(write(tmp_path, text))

    assert read == ServiceSettings(
        tenants=(TenantSettings(name="only", memory=str(tmp_path / "memory.db")),)
    )
    assert not read.is_authenticated


def test_all_mistakes_are_named_at_once_each_with_its_line_and_what_to_write(
    tmp_path: Path,
) -> None:
    text = """\
schema: msp-rules/service/2
adress: https://prompts.example.org
tenants:
  Anytown:
    memory: anytown.db
    mapping: nowhere.yaml
  othertown: {}
clients:
  - iss: one
    jku: http://ehr.example.org/keys.json
    tenants: []
origins: ["*"]
open: [metric]
limits:
  leeway_seconds: 4
  depth: many
sweep_seconds: 0
"""

    assert problems(tmp_path, text) == [
        'service.yaml:1:9: schema must be "msp-rules/service/1"',
        'service.yaml:2:1: unknown key "adress"; did you mean "address"?',
        "service.yaml:4:3: the name of a tenant must be of small letters, figures, - and _",
        "service.yaml:6:14: there is no such file; paths count from this file's folder",
        "service.yaml:7:14: the tenant needs one of memory and memory_variable",
        "service.yaml:10:10: must begin with https:// (http:// only on this machine)",
        "service.yaml:11:14: tenants names no tenant",
        "service.yaml:12:11: name each origin; * would let any page call",
        'service.yaml:13:8: unknown call "metric"; did you mean "metrics"?',
        "service.yaml:15:19: must be a whole number from 5 to 300",
        "service.yaml:16:10: must be a whole number from 8 to 200",
        "service.yaml:17:16: must be a whole number from 1 to 86400",
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "address: https://prompts.example.org/\n",
            "",
            "service.yaml:1:1: where there are clients, address must say at which URL they call",
        ),
        (
            "tenants: [othertown]",
            "tenants: [ohtertown]",
            'service.yaml:19:14: unknown tenant "ohtertown"; did you mean "othertown"?',
        ),
        (
            "iss: batch",
            "iss: https://ehr.example.org",
            'service.yaml:17:10: two clients have the iss "https://ehr.example.org"',
        ),
        (
            "    keys: keys.json\n",
            "",
            "service.yaml:17:5: the client needs one of jku (a URL) and keys (a file)",
        ),
        (
            "memory_variable: OTHERTOWN_MEMORY\n    memory_schema: othertown",
            "memory: anytown.db",
            'service.yaml:9:3: the memory is that of the tenant "anytown"; each needs its own',
        ),
        (
            "memory_variable: OTHERTOWN_MEMORY",
            "memory: othertown.db",
            "service.yaml:11:20: only a PostgreSQL database has schemas",
        ),
        (
            "origins: [https://ehr.example.org]",
            "origins: [https://ehr.example.org/page]",
            "service.yaml:20:11: must be an origin: https:// and a host, without a path",
        ),
        (
            "https://ehr.example.org/keys.json",
            "https://user:secret@ehr.example.org/keys.json",
            "service.yaml:15:10: must be a URL such as https://prompts.example.org",
        ),
    ],
)
def test_what_does_not_go_together_is_named(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in FULL

    assert problems(tmp_path, FULL.replace(before, after)) == [expected]


def test_what_does_not_go_together_is_named_beside_what_is_missing(tmp_path: Path) -> None:
    text = """\
schema: msp-rules/service/1
address: https://prompts.example.org
tenants:
  anytown: {memory: a.db}
  othertown: {memory: a.db}
  third: {}
  fourth: {overlays: []}
clients:
  - iss: https://ehr.example.org
    tenants: [elsewhere]
  - iss: https://ehr.example.org
    jku: https://ehr.example.org/keys
    tenants: [anytwon]
"""

    assert problems(tmp_path, text) == [
        'service.yaml:5:3: the memory is that of the tenant "anytown"; each needs its own',
        "service.yaml:6:10: the tenant needs one of memory and memory_variable",
        "service.yaml:7:11: the tenant needs one of memory and memory_variable",
        "service.yaml:9:5: the client needs one of jku (a URL) and keys (a file)",
        'service.yaml:10:14: unknown tenant "elsewhere"; known are anytown, fourth, othertown, '
        "third",
        'service.yaml:11:10: two clients have the iss "https://ehr.example.org"',
        'service.yaml:13:14: unknown tenant "anytwon"; did you mean "anytown"?',
    ]


def test_several_tenants_need_clients_whose_tokens_name_them(tmp_path: Path) -> None:
    text = """\
schema: msp-rules/service/1
tenants:
  anytown:
    memory: anytown.db
  othertown:
    memory: othertown.db
"""

    assert problems(tmp_path, text) == [
        "service.yaml:3:3: without clients there is no token that names a tenant: several need "
        "clients"
    ]


def test_the_schema_takes_what_is_read_and_no_other_key() -> None:
    schema: dict[str, Any] = configuration_schema()
    document = YAML(typ="safe").load(FULL)

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"adress": "x"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"tenants": {}}, schema)


ANSWERS = """\
    memory: anytown.db
    answers:
      critical: {put_off_days: 2, returns_after_days: 2, needs_reason: no}
      warning: {returns_after_days: never}
      promise_hours: 8
"""


def test_a_tenant_may_say_how_long_answers_hold(tmp_path: Path) -> None:
    read = load_configuration(write(tmp_path, FULL.replace("    memory: anytown.db\n", ANSWERS)))

    first, second = read.tenants
    assert first.answers == FeedbackPolicy(
        critical=AnswerLimits(needs_reason=False, put_off_days=2, returns_after_days=2),
        warning=AnswerLimits(put_off_days=5, returns_after_days=None),
        promise_hours=8,
    )
    assert second.answers == FeedbackPolicy()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{put_off_days: 2,", "{put_off_days: 6,", "put_off_days must be a whole number from 1 to"),
        ("returns_after_days: 2,", "returns_after_days: never,", "returns_after_days must be a nu"),
        ("needs_reason: no", "needs_reason: maybe", 'unknown word "maybe"'),
        ("returns_after_days: never", "returns_after_days: soon", "1 to 250, or never"),
        ("promise_hours: 8", "promise_hours: 121", "must be a whole number from 1 to 120"),
    ],
)
def test_answers_that_can_not_be_are_named(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    text = FULL.replace("    memory: anytown.db\n", ANSWERS)
    assert before in text

    (problem,) = problems(tmp_path, text.replace(before, after))

    assert expected in problem


def test_a_client_may_be_given_leave_to_see_rule_health(tmp_path: Path) -> None:
    text = FULL.replace("  - iss: batch\n", "  - iss: batch\n    rule_health: yes\n")

    first, second = load_configuration(write(tmp_path, text)).clients

    assert (first.sees_rule_health, second.sees_rule_health) == (False, True)
