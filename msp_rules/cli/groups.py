"""Commands that hold commands, and answer a mistyped one with the nearest that there is."""

from __future__ import annotations

import click


class CommandGroup(click.Group):
    """A group of commands; what click itself does for a mistyped option, it does for a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name; a mistyped one is told with the nearest there is."""
        typed, known = args[0], self.list_commands(ctx)
        if typed not in known and not typed.startswith("-"):
            # Here, since reading the vocabulary's module is what a right command may not need.
            from msp_rules.errors import nearest  # noqa: PLC0415

            guess = nearest(typed, known)
            if guess is not None:
                ctx.fail(f"No such command {typed!r}. Did you mean {guess!r}?")
        return super().resolve_command(ctx, args)
