"""Commands are imported when they are wanted; none is lost by that."""

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from msp_rules import cli as cli_package
from msp_rules.cli.main import COMMANDS, PURPOSES, cli
from msp_rules.rules.loading import load_ruleset
from tests.support.command_line import ROOT


def test_every_command_is_listed_under_its_own_name() -> None:
    page = CliRunner().invoke(cli, ["--help"])

    assert page.exit_code == 0
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert f"\n  {name} " in page.output
    assert list(COMMANDS) == sorted(COMMANDS)


def test_every_command_of_the_package_can_be_called() -> None:
    modules = [
        import_module(f"msp_rules.cli.{one.name}")
        for one in pkgutil.iter_modules(cli_package.__path__)
        if one.name != "__main__"  # importing that one runs the command line
    ]
    context = click.Context(cli)
    within = {
        command
        for name in COMMANDS
        if isinstance(group := cli.get_command(context, name), click.Group)
        for command in group.commands.values()
    }
    made = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, click.Command)
    }

    assert made - within - {cli} == {cli.get_command(context, name) for name in COMMANDS}


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        ("scna", "scan"),
        ("mapping chek", "check"),
        ("memory purg", "purge"),
        ("adapter lst", "list"),
    ],
)
def test_a_mistyped_command_is_told_with_the_nearest(words: str, guess: str) -> None:
    done = CliRunner().invoke(cli, words.split())

    assert done.exit_code == 2
    assert f"No such command {words.split()[-1]!r}. Did you mean {guess!r}?" in done.output


def test_an_unknown_command_is_a_mistake_of_use() -> None:
    done = CliRunner().invoke(cli, ["xyzzy"])

    assert done.exit_code == 2
    assert "Did you mean" not in done.output


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_list_of_commands_says_of_each_what_it_says_of_itself(width: int) -> None:
    context = click.Context(cli)
    ours, of_click = click.HelpFormatter(width=width), click.HelpFormatter(width=width)

    cli.format_commands(context, ours)
    click.Group.format_commands(cli, context, of_click)

    assert ours.getvalue() == of_click.getvalue()
    assert PURPOSES.keys() == COMMANDS.keys()


@pytest.mark.slow
def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys; from msp_rules.cli.main import cli;"
        "cli.main(['--help'], standalone_mode=False);"
        "print([m for m in sys.modules if m.startswith('msp_rules.audit')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert "  verify " in done.stdout


@pytest.mark.slow
def test_a_scan_does_not_wait_for_what_others_need(tmp_path: Path) -> None:
    load_ruleset("msp-core")  # so that it is there in compiled form
    export = ROOT / "rulesets/msp-core/cases/made-up-council.xml"
    words = ["scan", str(export), "--format=json", "--identify", "--quiet", f"--out={tmp_path}"]
    unwanted = (
        *("msp_rules.authoring", "msp_rules.yaml_source", "msp_rules.rules.folder", "ruamel"),
        *("msp_rules.intake.mapping.decode", "msp_rules.intake.mapping.xml_source", "jsonschema"),
        *("msp_rules.reports.html", "msp_rules.reports.workbook", "urllib.request", "holidays"),
    )
    code = (
        "import sys; from msp_rules.cli.main import cli;"
        f"cli.main({words!r}, standalone_mode=False);"
        f"print([m for m in sys.modules if m.startswith({unwanted!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "results.json").is_file()
