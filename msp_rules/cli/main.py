"""The command line: parses, calls one job, shows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import click

from msp_rules import __version__
from msp_rules.cli.exits import INTERNAL, INVALID, UNREADABLE, USAGE
from msp_rules.cli.groups import CommandGroup
from msp_rules.errors import InputUnreadable, MspRulesError, RulesetInvalid

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "adapter": ("desk", "adapter"),
    "check": ("rulesets", "check"),
    "diff": ("rulesets", "diff"),
    "doctor": ("rulesets", "doctor"),
    "effective": ("rulesets", "effective"),
    "explain": ("explain", "explain_rule"),
    "fields": ("rulesets", "fields"),
    "generate": ("generate", "generate"),
    "identify": ("keys", "identify"),
    "impact": ("impact", "impact"),
    "init": ("tests", "init"),
    "key": ("keys", "key"),
    "lock": ("rulesets", "lock"),
    "mapping": ("mapping", "mapping"),
    "memory": ("desk", "memory"),
    "rules": ("rulesets", "rules"),
    "scan": ("scan", "scan"),
    "sign": ("keys", "sign"),
    "test": ("tests", "test"),
    "upgrade": ("upgrade", "upgrade_overlay"),
    "verify": ("verify", "verify"),
}
"""The module of this package and the name in it that each command has, in order of the alphabet."""


class _Commands(CommandGroup):
    """Imports a command when it is called, or listed: no command waits for what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All there are."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_module(f"msp_rules.cli.{module}"), name)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="msp-rules")
def cli() -> None:
    """Making Safeguarding Personal as rules: scan case files, check and test rules."""


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line (without `words`, the process's own); exits as the contract says."""
    try:
        code = cli.main(words, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except RulesetInvalid as error:
        click.echo(str(error), err=True)
        code = INVALID
    except InputUnreadable as error:
        click.echo(str(error), err=True)
        code = UNREADABLE
    except MspRulesError as error:
        click.echo(str(error), err=True)
        code = INVALID
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; results are incomplete", err=True)
        code = INTERNAL
    except Exception as error:  # noqa: BLE001 - its text may hold case content, so only its kind
        click.echo(f"internal error ({type(error).__name__}); please report it", err=True)
        code = INTERNAL
    sys.exit(code or 0)
