"""The extras: each is known, and whoever lacks a library is told which one to install."""

from __future__ import annotations

import sys
import tomllib

import pytest

from msp_rules import extras
from msp_rules.errors import MspRulesError
from msp_rules.extras import EXTRAS, Extra, LibraryMissing, lacking, library_of, state_of
from tests.support.command_line import ROOT, run_here

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OF_THE_PACKAGE = PROJECT["optional-dependencies"]
ABSENT = Extra(name="absent", gives="nothing", modules=("no_such_library", "pluggy"))


def names_in(requirements: list[str]) -> set[str]:
    """The distributions that a list of requirements names."""
    return {one.partition("[")[0].partition(">")[0].partition("=")[0] for one in requirements}


def test_every_extra_of_the_package_is_known() -> None:
    assert set(EXTRAS) == set(OF_THE_PACKAGE) - {"all", "dev"}


def test_all_is_every_extra() -> None:
    (named,) = OF_THE_PACKAGE["all"]

    assert named == f"msp-rules[{','.join(sorted(EXTRAS))}]"


def test_the_package_alone_brings_what_a_live_host_needs() -> None:
    libraries = names_in(PROJECT["dependencies"])

    assert libraries == {"holidays", "orjson", "pluggy", "ruamel.yaml", "tzdata"}


@pytest.mark.parametrize("name", [name for name in EXTRAS if name != "postgresql"])
def test_each_extra_names_the_libraries_that_it_installs(name: str) -> None:
    known = {
        **{"durable-rules": "durable_rules_engine", "ruamel.yaml.clibz": "_ruamel_yaml_clibz"},
        **{"pytest-bdd": "pytest_bdd", "python-calamine": "python_calamine"},
        **{"prometheus-client": "prometheus_client", "opentelemetry-api": "opentelemetry"},
    }

    wanted = {known.get(one, one) for one in names_in(OF_THE_PACKAGE[name]) - {"msp-rules"}}

    assert {*EXTRAS[name].modules} == wanted


def test_what_is_installed_lacks_nothing() -> None:
    extra = Extra(name="some", gives="some", modules=("pluggy",))

    assert lacking(extra) == ()
    assert state_of(extra) == "installed"


def test_what_is_lacking_is_told_with_what_to_install() -> None:
    assert lacking(ABSENT) == ("no_such_library",)
    assert state_of(ABSENT) == (
        'not installed (no_such_library); to have it: pip install "msp-rules[absent]"'
    )


@pytest.mark.parametrize(
    ("below", "said"),
    [
        (sys.version_info[:2], "not available for this Python; it does without"),
        (
            (sys.version_info[0], sys.version_info[1] + 1),
            'not installed (no_such_library); to have it: pip install "msp-rules[old]"; '
            "it does without",
        ),
    ],
)
def test_an_extra_that_a_python_can_not_have_is_not_offered(
    below: tuple[int, int], said: str
) -> None:
    extra = Extra(
        name="old",
        gives="something",
        modules=("no_such_library",),
        without="it does without",
        below_python=below,
    )

    assert state_of(extra) == said


def test_a_lacking_library_of_an_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "EXTRAS", {"absent": ABSENT})

    with pytest.raises(LibraryMissing) as refused, library_of("absent", "doing this"):
        import no_such_library  # noqa: F401

    assert isinstance(refused.value, MspRulesError)
    assert isinstance(refused.value, ImportError)
    assert str(refused.value) == (
        'doing this needs no_such_library, which is not installed: pip install "msp-rules[absent]"'
    )


def test_another_failed_import_is_not_taken_for_a_lacking_extra() -> None:
    with pytest.raises(ModuleNotFoundError), library_of("cli", "doing this"):
        import another_library  # noqa: F401


def test_doctor_says_what_each_extra_gives_and_whether_it_is_there() -> None:
    done = run_here("doctor")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert "code: plain Python" in lines or "code: compiled ahead" in lines
    for extra in EXTRAS.values():
        assert f"extra {extra.name} ({extra.gives}): {state_of(extra)}" in lines
