"""Lists the extras of the package, and says what to install where a library of one is lacking.

The package alone brings what a live host needs: rules, engine, desk, cards and cases in JSON. All
else is an extra: where its libraries are lacking, one sentence says what to install.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from msp_rules.errors import MspRulesError


class LibraryMissing(MspRulesError, ImportError):
    """A library of an extra is not installed; the text says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """One extra, as in `pip install "msp-rules[NAME]"`."""

    name: str
    """The name in the brackets, as in "reports"."""
    gives: str
    """Says what the extra is for, as `doctor` and docs/installing.md do."""
    modules: tuple[str, ...]
    """The names under which its libraries are imported."""
    without: str = ""
    """Says what is done where it is not installed; empty where there is nothing instead."""
    below_python: tuple[int, int] | None = None
    """The first Python for which its libraries can't be had; None: every one has them."""


_ALL: Final = (
    Extra(
        name="cli",
        gives="the command msp-rules, and reading exports",
        modules=("click", "rich", "lxml", "jsonschema", "openpyxl", "python_calamine"),
    ),
    Extra(
        name="reports",
        gives="report.html and report.xlsx of a scan, and workbooks for auditors",
        modules=("jinja2", "openpyxl", "xlsxwriter"),
    ),
    Extra(
        name="memory",
        gives="the memory of the desk, in SQLite",
        modules=("alembic", "sqlalchemy", "jsonschema"),
    ),
    Extra(
        name="postgresql",
        gives="the memory of the desk in PostgreSQL",
        modules=("psycopg",),
    ),
    Extra(
        name="durable",
        gives="durable_rules as the matcher, up to Python 3.12",
        modules=("durable_rules_engine",),
        without="its twin in Python answers alone",
        below_python=(3, 13),
    ),
    Extra(
        name="speed",
        gives="reading rule files five times as fast",
        modules=("_ruamel_yaml_clibz",),
        without="the parser in Python reads the same",
    ),
    Extra(name="parquet", gives="results as Parquet", modules=("pyarrow",)),
    Extra(name="signing", gives="signed manifests", modules=("cryptography",)),
    Extra(
        name="gherkin",
        gives="a team's own features, by msp-rules test and by pytest",
        modules=("pytest", "pytest_bdd"),
    ),
    Extra(
        name="service",
        gives="prompts over HTTP, for hosts that are not written in Python",
        modules=("cryptography", "joserfc", "prometheus_client", "starlette", "uvicorn"),
    ),
    Extra(
        name="tracing",
        gives="spans of the service's calls, for OpenTelemetry",
        modules=("opentelemetry",),
        without="the service answers the traces of its callers and keeps none",
    ),
)
EXTRAS: Final[Mapping[str, Extra]] = MappingProxyType({one.name: one for one in _ALL})
"""Every extra but `all`, by name, in the order in which they are listed."""


def install(name: str) -> str:
    """Says how an extra is installed; the quotes are for shells that read brackets."""
    return f'pip install "msp-rules[{name}]"'


def lacking(extra: Extra) -> tuple[str, ...]:
    """Lists the libraries of an extra that are not installed."""
    return tuple(one for one in extra.modules if find_spec(one) is None)


def state_of(extra: Extra) -> str:
    """Says whether an extra is installed, and if not, what to do and what is done without it."""
    without = lacking(extra)
    if not without:
        return "installed"
    if extra.below_python is not None and sys.version_info[:2] >= extra.below_python:
        return f"not available for this Python; {extra.without}"
    state = f"not installed ({', '.join(without)}); to have it: {install(extra.name)}"
    return f"{state}; {extra.without}" if extra.without else state


def missing(purpose: str, name: str, library: str) -> LibraryMissing:
    """Gives the error for a purpose that lacks a library of an extra."""
    return LibraryMissing(f"{purpose} needs {library}, which is not installed: {install(name)}")


@contextmanager
def library_of(name: str, purpose: str) -> Iterator[None]:
    """Lets a block import what an extra brings; raises LibraryMissing where that is lacking.

    `purpose` begins the sentence: what can't be done without it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        top = (error.name or "").partition(".")[0]
        if top not in EXTRAS[name].modules:
            raise
        raise missing(purpose, name, top) from None


def error_for(error: ModuleNotFoundError, purpose: str) -> ImportError:
    """Gives the error to raise for a failed import: one that says which extra to install.

    It is `error` itself where no extra brings the module.
    """
    top = (error.name or "").partition(".")[0]
    extra = next((one for one in _ALL if top in one.modules), None)
    return error if extra is None else missing(purpose, extra.name, top)
