"""The description of all calls holds of the service: calls that nobody thought of are tried."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from msp_rules.service.calls import OPERATIONS
from msp_rules.service.metrics import METRICS_TYPE
from msp_rules.service.openapi import openapi_document, openapi_text
from tests.support import effort
from tests.support.command_line import ROOT
from tests.support.service import Service
from tests.support.told import CASE, concern

DOCUMENT = openapi_document(OPERATIONS)
KNOWN = {"rules": {"id": "RISK-01"}, "cds-services": {"id": "msp"}}
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def test_every_call_is_described_with_all_its_parameters() -> None:
    for one in OPERATIONS:
        said = DOCUMENT["paths"][one.path][one.method.lower()]
        named = [(each["name"], each["in"]) for each in said.get("parameters", ())]
        in_path = [name for name, place in named if place == "path"]

        assert said["operationId"] == one.name
        assert [f"{{{name}}}" in one.path for name in in_path] == [True] * len(in_path)
        assert one.path.count("{") == len(in_path)


def test_names_of_calls_are_unique() -> None:
    names = [one.name for one in OPERATIONS]

    assert len(set(names)) == len(names)


def test_every_schema_in_it_is_one() -> None:
    def schemas(value: Any) -> Any:
        if isinstance(value, dict):
            yield from [value["schema"]] if isinstance(value.get("schema"), dict) else []
            for one in value.values():
                yield from schemas(one)

    for schema in schemas(DOCUMENT):
        Draft202012Validator.check_schema(schema)


def test_every_status_of_a_refusal_is_on_the_page_of_the_service() -> None:
    page = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    table = page.partition("| status | when |")[2].partition("\n\n")[0]
    calls = [call for path in DOCUMENT["paths"].values() for call in path.values()]

    said = {int(one) for one in re.findall(r"\b[45]\d\d\b", table)}
    answered = {int(status) for call in calls for status in call["responses"] if status >= "400"}

    assert answered <= said


def test_the_service_gives_out_what_was_generated(service: Service) -> None:
    answer = service.client.get("/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(openapi_text()) == answer.json()
    paths = {**answer.json()["paths"]}
    assert list(paths.pop("/metrics")["get"]["responses"]["200"]["content"]) == [METRICS_TYPE]
    assert paths == json.loads(json.dumps(DOCUMENT))["paths"]


@pytest.fixture(scope="module")
def described(
    tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: Any
) -> schemathesis.BaseSchema:
    """The described service, on a memory that knows of one case."""
    path = tmp_path_factory.mktemp("described") / "service.db"
    service = Service(Path(shutil.copy(empty_memory, path)), engine)
    service.desk.receive(concern(), service.now)
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = service.application
    return schema


@pytest.mark.fuzz
@pytest.mark.parametrize(("method", "path"), [(one.method, one.path) for one in OPERATIONS])
def test_no_call_fails_or_answers_otherwise_than_described(
    method: str, path: str, described: schemathesis.BaseSchema
) -> None:
    @given(case=described[path][method].as_strategy(), is_known=st.booleans())
    @settings(
        max_examples=effort.of(20, thorough=500),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case, is_known: bool) -> None:
        if is_known and case.path_parameters:
            case.path_parameters = KNOWN.get(path.split("/")[1], {"id": CASE, "rule": "RISK-01"})
        case.call_and_validate(checks=CHECKS)

    run()
