"""The training cases are pages of the demonstration, which need nothing else and run nothing."""

from __future__ import annotations

import re

from msp_rules.authoring.rehearse import training_cases
from msp_rules.service.application import build_application
from msp_rules.service.tenants import DEFAULT_TENANT, FixedTenants
from msp_rules.service.training import TRAINING_PATH, training_operations
from tests.support.service import Client, Service


def test_each_training_case_has_a_page_that_the_list_leads_to(service: Service) -> None:
    tenants = FixedTenants({DEFAULT_TENANT: service.tenant})
    client = Client(build_application(tenants, service.settings, operations=training_operations()))

    listed = client.get(TRAINING_PATH)
    links = re.findall(r'href="([^"]+)"', listed.text)
    page = client.get(f"/{links[0]}")

    assert links == [f"rehearsals/{name}" for name in training_cases()]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<h1>Behind the boxes</h1>" in page.text
    assert '<a href="../rehearsals">' in page.text
    assert "<script" not in listed.text + page.text


def test_no_other_case_has_a_page(service: Service) -> None:
    tenants = FixedTenants({DEFAULT_TENANT: service.tenant})
    client = Client(build_application(tenants, service.settings, operations=training_operations()))

    assert client.get(f"{TRAINING_PATH}/somebody").status_code == 404
