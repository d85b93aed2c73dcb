"""Writes and checks the files of a checkout that are derived: schemas and pages of `docs/`.

The list of such files is here and nowhere else; each is made by a module of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msp_rules.authoring.generate.architecture_page import architecture_page
from msp_rules.authoring.generate.coverage_page import coverage_page
from msp_rules.authoring.generate.document_schemas import document_schemas
from msp_rules.authoring.generate.export_xsd import XSD_NAME, export_xsd
from msp_rules.authoring.generate.rule_catalogue import catalogue_pages
from msp_rules.authoring.generate.vocabulary_page import read_remarks, vocabulary_page
from msp_rules.casework.bank_holidays import KEPT_HOLIDAYS, kept_bank_holidays
from msp_rules.casework.vocabulary import KEPT_VOCABULARY, kept_vocabulary, parse_vocabulary
from msp_rules.errors import MspRulesError, RulesetInvalid
from msp_rules.intake.case_json import CASE_SCHEMA_FILE, case_schema
from msp_rules.intake.live_event_schema import JSON_NAME, live_event_schema
from msp_rules.rules import load_ruleset, shipped_ruleset
from msp_rules.rules.folder import read_companions
from msp_rules.rules.schemas import SCHEMAS
from msp_rules.yaml_source.nodes import Problems

_EXAMPLE: Final = "rulesets/example-council/overlay.yaml"


def generated_files(pages: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, bytes]:
    """Makes every generated file: its path in a checkout, and what it must hold.

    `pages` are those that other rooms write (`gherkin`).
    """
    source = resources.files("msp_rules.casework").joinpath("vocabulary.yaml").read_text("utf-8")
    vocabulary = parse_vocabulary(source)
    texts = {
        f"msp_rules/casework/{KEPT_VOCABULARY}": kept_vocabulary(source),
        f"msp_rules/casework/{KEPT_HOLIDAYS}": kept_bank_holidays(),
        f"msp_rules/casework/schemas/{XSD_NAME}": export_xsd(vocabulary),
        f"msp_rules/casework/schemas/{JSON_NAME}": _json(live_event_schema(vocabulary)),
        f"msp_rules/casework/schemas/{CASE_SCHEMA_FILE}": _json(case_schema(vocabulary)),
        **{path: _json(schema) for path, schema in document_schemas().items()},
        **{
            f"msp_rules/rules/schemas/{kind}-1.json": _json(schema(vocabulary))
            for kind, schema in SCHEMAS.items()
        },
        _EXAMPLE: _example_overlay(),
        "docs/architecture.md": architecture_page(),
        "docs/vocabulary.md": vocabulary_page(vocabulary, read_remarks(source)),
        **_ruleset_pages(),
        **pages,
    }
    return {path: text.encode() for path, text in texts.items()}


def checkout_of_this_package() -> Path:
    """Finds the checkout that this package runs from; raises MspRulesError if there is none."""
    root = Path(__file__).resolve().parent.parent.parent.parent
    if not (root / "pyproject.toml").is_file():
        raise MspRulesError("generated files belong to a checkout of msp-rules; this is not one")
    return root


def stale_files(root: Path, pages: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """Lists the generated files of a checkout that are missing or out of date."""
    return tuple(
        path for path, content in generated_files(pages).items() if _content(root / path) != content
    )


def write_files(root: Path, pages: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """Writes the files that are out of date, and lists them."""
    files = generated_files(pages)
    stale = stale_files(root, pages)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(files[path])
    return stale


@cache
def _ruleset_pages() -> Mapping[str, str]:
    """Writes the pages about the core ruleset; once, since reading it takes a second or two."""
    folder, problems = shipped_ruleset("msp-core"), Problems()
    ruleset = load_ruleset(folder)
    coverage = read_companions(folder, ruleset, problems).coverage
    if problems.has_errors:
        raise RulesetInvalid(problems.found)
    pages = dict(catalogue_pages(ruleset))
    if coverage is not None:
        pages["coverage.md"] = coverage_page(coverage, ruleset)
    return {f"docs/{name}": page for name, page in pages.items()}


def _example_overlay() -> str:
    """Pins the example overlay to the core rules as they are; a person wrote its other lines."""
    core = shipped_ruleset("msp-core")
    text = (core.parent / "example-council/overlay.yaml").read_text("utf-8")
    pin = f"  sha256: {load_ruleset(core).sha256}"
    return re.sub(r"^  sha256: .*$", pin, text, count=1, flags=re.MULTILINE)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
