"""The prompt panel is given out whole and small, and says no word that no catalogue has."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest

from msp_rules.engine.engine import Engine
from msp_rules.rules.language.panel_words import PANEL_TEXTS, is_right_to_left
from msp_rules.rules.language.rule import LanguageWords
from msp_rules.service.application import build_application
from msp_rules.service.panel.calls import MODULE_PATH, module_text
from msp_rules.service.panel.demonstration import DEMONSTRATION, DEMONSTRATION_PATH
from msp_rules.service.tenants import DEFAULT_TENANT, FixedTenants
from tests.support.core import core_ruleset
from tests.support.service import Client, Service

MOST_PACKED_BYTES = 30_000
SOURCE = module_text()[0].decode()
# What could run, or show markup, and needs a page's policy to be weaker than it should be.
UNSAFE = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval("),
    *("new Function", "setHTML", ".style.", "cssText", "createContextualFragment", "srcdoc"),
    *("localStorage", "sessionStorage", "indexedDB", "document.cookie", "console.", "history."),
    *("import(", "sendBeacon", "XMLHttpRequest", "WebSocket", "EventSource"),
)


def test_the_module_is_small_when_it_is_packed() -> None:
    assert len(gzip.compress(SOURCE.encode())) < MOST_PACKED_BYTES


def test_the_module_needs_no_other() -> None:
    assert re.findall(r"^\s*(?:import|export .* from)\b.*", SOURCE, re.MULTILINE) == []
    assert re.findall(r"https?://[^\s`\"']+", SOURCE) == []


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_the_module_uses_nothing_that_a_strict_policy_refuses(unsafe: str) -> None:
    assert unsafe not in SOURCE


def test_the_service_gives_out_the_module_as_it_lies_in_the_package(service: Service) -> None:
    answer = service.client.get(MODULE_PATH)

    assert answer.status_code == 200
    assert answer.text == SOURCE
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_who_has_the_module_already_is_not_given_it_again(service: Service) -> None:
    first = service.client.get(MODULE_PATH)
    tag = first.headers["etag"]

    again = service.client.get(MODULE_PATH, **{"If-None-Match": f'"other", W/{tag}'})
    another = service.client.get(MODULE_PATH, **{"If-None-Match": '"other"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (another.status_code, another.text) == (200, SOURCE)
    assert "max-age" in first.headers["cache-control"]


def test_every_text_of_the_panel_is_in_its_module_and_no_other() -> None:
    said = set(re.findall(r'\bsay\((?:[\w.]+ === .+?\? )?"([^"]+)"', SOURCE))
    lines = "\n".join(line for line in SOURCE.splitlines() if not line.lstrip().startswith("//"))
    literals = set(re.findall(r'"([^"\n]+)"', lines))

    assert said <= set(PANEL_TEXTS)
    assert set(PANEL_TEXTS) - literals == set()
    # A sentence is a text that is meant to be read.
    sentences = {one for one in literals if re.fullmatch(r"[A-Z][a-z]+( .*)?[.:?]", one)}
    assert sentences <= set(PANEL_TEXTS)


def test_texts_of_the_panel_are_said_once() -> None:
    assert len(set(PANEL_TEXTS)) == len(PANEL_TEXTS)


def _arabic(service: Service) -> Client:
    words = LanguageWords(
        language="ar", rules={}, texts={"Put off": "تأجيل", "January": "يناير"}, roles={}
    )
    engine = Engine(replace(core_ruleset(), words=(words,)))
    tenants = FixedTenants({DEFAULT_TENANT: replace(service.tenant, engine=engine)})
    return Client(build_application(tenants, service.settings))


def test_words_of_a_language_are_those_that_the_organisation_has(service: Service) -> None:
    answer = _arabic(service).get("/panel/messages?language=ar-EG")

    assert answer.json() == {"language": "ar", "direction": "rtl", "texts": {"Put off": "تأجيل"}}


def test_a_language_that_nobody_has_words_in_is_english(service: Service) -> None:
    answer = service.client.get("/panel/messages?language=cy")

    assert answer.json() == {"language": "en-GB", "direction": "ltr", "texts": {}}


def test_a_language_has_to_be_named(service: Service) -> None:
    assert service.client.get("/panel/messages").status_code == 400


@pytest.mark.parametrize("language", ["ar", "AR-eg", "he", "ur-PK", "ckb", "ku-Arab", "az-Arab-IR"])
def test_languages_that_are_written_from_right_to_left(language: str) -> None:
    assert is_right_to_left(language)


@pytest.mark.parametrize("language", ["en-GB", "cy", "pl", "ku", "ar-Latn", "so", "qps-ploc"])
def test_languages_that_are_not(language: str) -> None:
    assert not is_right_to_left(language)


def test_every_part_of_the_demonstration_is_there(service: Service) -> None:
    tenants = FixedTenants({DEFAULT_TENANT: service.tenant})
    client = Client(build_application(tenants, service.settings, operations=DEMONSTRATION))

    page = client.get(DEMONSTRATION_PATH)
    parts = re.findall(r'(?:src|href)="(demo\.\w+)"', page.text)

    assert parts == ["demo.css", "demo.js"]
    assert [client.get(f"/panel/{one}").status_code for one in parts] == [200, 200]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert Path(DEMONSTRATION_PATH).parent == Path(MODULE_PATH).parent
