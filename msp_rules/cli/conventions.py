"""Holds what all commands share: the exit codes, and groups that answer a mistyped command."""

from __future__ import annotations

from typing import Final

import click

from msp_rules.errors import nearest

FINDINGS: Final = 1
INCOMPLETE: Final = 2
INVALID: Final = 3
UNREADABLE: Final = 4
INTERNAL: Final = 5
USAGE: Final = 64
"""A wrong command line: EX_USAGE of sysexits.h."""
READER_GONE: Final = 141
"""Whoever read the output has stopped: what a shell shows for SIGPIPE, of any program."""


class CommandGroup(click.Group):
    """A group that does for a mistyped command what click itself does for a mistyped option."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that the words name; for a mistyped one, names the nearest."""
        typed, known = args[0], self.list_commands(ctx)
        if typed not in known and not typed.startswith("-"):
            guess = nearest(typed, known)
            if guess is not None:
                ctx.fail(f"No such command {typed!r}. Did you mean {guess!r}?")
        return super().resolve_command(ctx, args)
