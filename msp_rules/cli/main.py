"""Runs the command line: finds the command, and turns what it raises into an exit code.

Each group of commands is a module of this package, imported when one of them is called or listed:
no command waits for what only others need.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import click

from msp_rules.cli.conventions import INTERNAL, INVALID, UNREADABLE, USAGE, CommandGroup
from msp_rules.errors import InputUnreadable, MspRulesError, RulesetInvalid
from msp_rules.version import __version__


class _Commands(CommandGroup):
    """The commands of the table below, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Lists the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command of a name; gives None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        return next(one for one in COMMANDS[cmd_name]() if one.name == cmd_name)


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


def _explain() -> tuple[click.Command, ...]:
    from msp_rules.cli import explain

    return (explain.explain_rule,)


def _impact() -> tuple[click.Command, ...]:
    from msp_rules.cli import impact

    return (impact.impact,)


def _keys() -> tuple[click.Command, ...]:
    from msp_rules.cli import keys

    return (
        keys.identify,
        keys.key,
        keys.sign,
    )


def _mapping() -> tuple[click.Command, ...]:
    from msp_rules.cli import mapping

    return (mapping.mapping,)


def _desk() -> tuple[click.Command, ...]:
    from msp_rules.cli import desk

    return (desk.adapter, desk.memory)


def _rulesets() -> tuple[click.Command, ...]:
    from msp_rules.cli import rulesets

    return (
        rulesets.check,
        rulesets.diff,
        rulesets.doctor,
        rulesets.effective,
        rulesets.fields,
        rulesets.generate,
        rulesets.lock,
        rulesets.rules,
    )


def _scan() -> tuple[click.Command, ...]:
    from msp_rules.cli import scan

    return (scan.scan,)


def _tests() -> tuple[click.Command, ...]:
    from msp_rules.cli import tests

    return (
        tests.init,
        tests.test,
    )


def _upgrade() -> tuple[click.Command, ...]:
    from msp_rules.cli import upgrade

    return (upgrade.upgrade_overlay,)


def _verify() -> tuple[click.Command, ...]:
    from msp_rules.cli import verify

    return (verify.verify,)


COMMANDS: Final[Mapping[str, Callable[[], tuple[click.Command, ...]]]] = {
    "adapter": _desk,
    "check": _rulesets,
    "diff": _rulesets,
    "doctor": _rulesets,
    "effective": _rulesets,
    "explain": _explain,
    "fields": _rulesets,
    "generate": _rulesets,
    "identify": _keys,
    "impact": _impact,
    "init": _tests,
    "key": _keys,
    "lock": _rulesets,
    "mapping": _mapping,
    "memory": _desk,
    "rules": _rulesets,
    "scan": _scan,
    "sign": _keys,
    "test": _tests,
    "upgrade": _upgrade,
    "verify": _verify,
}
"""The import of each command, with those of its module; in the order of the alphabet."""
