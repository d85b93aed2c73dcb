"""Reads the options about pseudonyms: which files hold ids of the export, and where the key is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from msp_rules.audit.pseudonyms import (
    Pseudonyms,
    is_open_to_others,
    key_for_one_run,
    new_key_file,
    read_key_file,
)
from msp_rules.audit.request import Hiding
from msp_rules.errors import MspRulesError

_OWN_KEY: Final = "pseudonym.key"

key_option = click.option(
    "--pseudonym-key",
    "key_file",
    envvar="MSP_RULES_PSEUDONYM_KEY",
    type=click.Path(path_type=Path),
    help="The council's pseudonym key (default: the one in this user's settings).",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The options about pseudonyms."""

    hiding: Hiding = Hiding.REPORTS
    """The files of results that hold pseudonyms."""

    key_file: Path | None = None
    """The key that was named; None for that of this user."""

    shown_teams: frozenset[str] = frozenset()
    """The teams that files with pseudonyms may name."""


def sharing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets one `sharing`."""

    @click.option(
        "--identify",
        is_flag=True,
        help="Show ids of the export in reports, too; don't pass these on.",
    )
    @click.option(
        "--share",
        is_flag=True,
        help="Use pseudonyms in every file, so that the folder can be passed on.",
    )
    @key_option
    @click.option(
        "--show-team",
        "teams",
        multiple=True,
        help="A team that pseudonymised files may name; repeat it for more.",
    )
    @wraps(command)
    def with_sharing(
        *, identify: bool, share: bool, key_file: Path | None, teams: tuple[str, ...], **rest: Any
    ) -> Any:
        if identify and share:
            raise click.UsageError("--identify and --share exclude each other")
        hiding = Hiding.NONE if identify else Hiding.ALL if share else Hiding.REPORTS
        sharing = Sharing(hiding=hiding, key_file=key_file, shown_teams=frozenset(teams))
        return command(sharing=sharing, **rest)

    return with_sharing


def own_key() -> Path:
    """Gives the path of this user's key: never beside results, which are passed on."""
    return Path(click.get_app_dir("msp-rules")) / _OWN_KEY


def pseudonyms_for(sharing: Sharing, say: Callable[[str], None]) -> Pseudonyms:
    """Gives the pseudonyms to use; raises MspRulesError where a named key can't be used.

    Without a named key that of this user, made at first need. If not even that can be written, a
    key for this run alone is used: no id is shown, and `say` gets a sentence about it.
    """
    path = sharing.key_file or own_key()
    if sharing.key_file is None and not path.exists():
        try:
            new_key_file(path)
            say(f"a pseudonym key was made: {path}; keep it, see docs/trust.md")
        except MspRulesError:
            if not path.exists():  # another run may have made it meanwhile
                say(
                    "a pseudonym key can't be stored here; the pseudonyms of this run "
                    "can't be traced back"
                )
                return key_for_one_run(sharing.shown_teams)
    return key_in(path, sharing.shown_teams, say)


def key_in(path: Path, shown_teams: frozenset[str], say: Callable[[str], None]) -> Pseudonyms:
    """Reads the key in a file, and says so where others can read it, too."""
    found = read_key_file(path, shown_teams)
    if is_open_to_others(path):
        say(f"{path.name}: other users can read this key; only its owner should (mode 0600)")
    return found
