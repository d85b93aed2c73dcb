"""docs/running.md says what the service does: its options, keys, limits and metrics."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from msp_rules.cli.serve import serve
from msp_rules.service.configuration import Limits
from msp_rules.service.decode_configuration import configuration_schema, load_configuration
from msp_rules.service.metrics import ServiceMetrics
from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/running.md").read_text(encoding="utf-8")


def test_the_configuration_of_the_page_is_sound(tmp_path: Path) -> None:
    for name in ("anytown/overlay.yaml", "anytown/forms.yaml", "keys/nightly-import.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    _, _, text = PAGE.partition("```yaml\n")
    (tmp_path / "service.yaml").write_text(text.partition("```")[0])

    settings = load_configuration(tmp_path / "service.yaml")

    assert [one.name for one in settings.tenants] == ["anytown", "othertown"]


def test_every_option_key_and_limit_is_on_the_page_with_its_value() -> None:
    schema = configuration_schema()["properties"]
    tenant = schema["tenants"]["additionalProperties"]["properties"]
    options = [one.opts[0] for one in serve.params if one.name != "help"]
    keys = [*(key for key in schema if key != "schema"), *tenant]
    limits = [f"| `{one.name}` | {one.default}" for one in fields(Limits)]

    assert [one for one in options if f"`{one}`" not in PAGE] == []
    assert [one for one in keys if f"`{one}`" not in PAGE] == []
    assert [one for one in limits if one not in PAGE] == []


def test_every_metric_is_on_the_page_and_no_other() -> None:
    counted = {metric.name for metric in ServiceMetrics().registry.collect()}
    named = {one.removesuffix("_total") for one in re.findall(r"`(msp_rules_\w+)`", PAGE)}
    momentary = {
        f"msp_rules_{name}"
        for name in (
            *("waiting_changes", "oldest_change_seconds", "due_cases", "dead_letters"),
            *("memory_up", "plugin_up"),
        )
    }

    assert named == counted | momentary
