"""Runs the command line: finds the command, and turns what it raises into an exit code.

Each group of commands is a module of this package, imported when one of them is called or listed:
no command waits for what only others need.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import click

from msp_rules.cli.conventions import (
    INTERNAL,
    INVALID,
    READER_GONE,
    UNREADABLE,
    USAGE,
    CommandGroup,
)
from msp_rules.cli.streams import drop_output, flush_output, prepare_streams, say
from msp_rules.errors import InputUnreadable, MomentTooEarly, MspRulesError, NotWritten
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists all commands, as click does, and imports none for that whose purpose is known."""
        limit = formatter.width - 6 - max(len(name) for name in COMMANDS)
        rows = []
        for name in COMMANDS:
            known = click.Command(name, help=PURPOSES[name]) if name in PURPOSES else None
            listed = known or self.get_command(ctx, name)
            assert listed is not None
            rows.append((name, listed.get_short_help_str(limit)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; click itself would end with 1, which says that there are findings."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="msp-rules")
def cli() -> None:
    """Making Safeguarding Personal as rules: scan case files, check and test rules."""


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line (without `words`, the process's own); exits as the contract says."""
    prepare_streams()
    given = sys.argv[1:] if words is None else [*words]
    try:
        code = _run(given)
        flush_output()
    except (_ReaderGone, BrokenPipeError):
        drop_output()
        code = READER_GONE
    except OSError as error:
        say(_refusal(error))
        drop_output()
        code = INTERNAL
    sys.exit(code or 0)


def _run(words: Sequence[str]) -> int | None:
    """Runs the command of these words; gives its exit code, or that of what it raises."""
    try:
        _refuse_empty(words)
        code: int | None = cli.main(words, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except InputUnreadable as error:
        say(str(error))
        return UNREADABLE
    except MomentTooEarly as error:
        say(str(error))
        return USAGE
    except NotWritten as error:
        say(str(error))
        return INTERNAL
    except MspRulesError as error:  # a RulesetInvalid, too
        say(str(error))
        return INVALID
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; results are incomplete")
        return INTERNAL
    except MemoryError:
        say("this machine has not enough memory free for this")
        return INTERNAL
    except (_ReaderGone, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - its text may hold case content, so only its kind
        say(_unexpected(error))
        return INTERNAL
    return code


class _ReaderGone(Exception):
    """Raised where whoever reads the output of a command has stopped reading (`... | head`)."""


def _refuse_empty(words: Sequence[str]) -> None:
    """Refuses an empty value, which a path would take for the folder that one is in."""
    for before, word in pairwise(["msp-rules", *words]):
        if word == "":
            raise click.UsageError(f'an empty value stands after "{before}"')
        if word.startswith("--") and word.endswith("=") and word.count("=") == 1:
            raise click.UsageError(f'an empty value stands after "{word[:-1]}"')


def _refusal(error: OSError) -> str:
    """Says what the system refused: with the name of the file, where there is one."""
    if error.errno is None or error.strerror is None:
        return f"internal error ({type(error).__name__}); please report it"
    name = "" if error.filename is None else Path(f"{error.filename}").name
    if not name and error.errno in _OF_STREAMS:
        name = "standard output"
    return f"{name}: {error.strerror}" if name else f"the system refuses it: {error.strerror}"


_OF_STREAMS: Final = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EBADF)
"""The errors of writing to an open stream."""


def _unexpected(error: Exception) -> str:
    """Names the kind of an error that nobody foresaw; a full disk is known by SQLite's words."""
    if type(error).__module__ == "sqlite3" and "full" in str(error):
        return "a temporary file can't be written: there is no room left on its disk"
    return f"internal error ({type(error).__name__}); please report it"


def _measures() -> tuple[click.Command, ...]:
    from msp_rules.cli import measures

    return (measures.measures,)


def _compare() -> tuple[click.Command, ...]:
    from msp_rules.cli import compare

    return (compare.compare,)


def _national_return() -> tuple[click.Command, ...]:
    from msp_rules.cli import national_return

    return (national_return.sac,)


def _audit() -> tuple[click.Command, ...]:
    from msp_rules.cli import audit

    return (audit.audit, audit.sample)


def _explain() -> tuple[click.Command, ...]:
    from msp_rules.cli import explain

    return (explain.explain_rule,)


def _rehearse() -> tuple[click.Command, ...]:
    from msp_rules.cli import rehearse

    return (rehearse.rehearse_case,)


def _calendar() -> tuple[click.Command, ...]:
    from msp_rules.cli import calendar

    return (calendar.calendar,)


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
        rulesets.compile_rules,
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


def _serve() -> tuple[click.Command, ...]:
    from msp_rules.cli import serve

    return (serve.serve,)


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
    "audit": _audit,
    "calendar": _calendar,
    "check": _rulesets,
    "compare": _compare,
    "compile": _rulesets,
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
    "measures": _measures,
    "memory": _desk,
    "rehearse": _rehearse,
    "rules": _rulesets,
    "sac": _national_return,
    "sample": _audit,
    "scan": _scan,
    "serve": _serve,
    "sign": _keys,
    "test": _tests,
    "upgrade": _upgrade,
    "verify": _verify,
}
"""The import of each command, with those of its module; in the order of the alphabet."""

PURPOSES: Final[Mapping[str, str]] = {
    "adapter": "List the plug-ins of case systems, or check one against the contract.",
    "audit": "Send a sample out to auditors as workbooks, and collect what they write.",
    "calendar": "List what ends in an overlay, and write it as a calendar file (.ics) and a text.",
    "check": (
        "Check rulesets: list every mistake with its place, and warn of what may be unintended."
    ),
    "compare": "Split the change from OLD exports to NEW ones into rules, coverage and practice.",
    "compile": ("Write the code by which a ruleset judges records without doubt, as long runs do."),
    "diff": "Say in words how ruleset SECOND differs from FIRST.",
    "doctor": "Say which matcher and which code are in use here, and what each extra gives.",
    "effective": "Show the rules in force with overlays, and where each value comes from.",
    "explain": (
        "Explain why a rule answers as it does for one case, and what record would change it."
    ),
    "fields": "List the event types that rules may name, or the fields of one.",
    "generate": "Write the schemas and the pages about vocabulary and rules (for developers).",
    "identify": (
        "Say which case, event, team or file of an EXPORT (file or folder) PSEUDONYMS mean."
    ),
    "impact": (
        "Compare two rulesets on exported case files: what would be found and asked differently."
    ),
    "init": "Make a small overlay over msp-core in a new folder NAME, ready to be changed.",
    "key": "Make keys, for pseudonyms or for signatures. No key is ever overwritten.",
    "lock": "Lock the meaning of each rule, or check that none has changed without a new revision.",
    "mapping": "Write, check and try mapping files, which say how a vendor's own export is read.",
    "measures": "Count the board's measures, M1 to M16, from the codes in EXPORTS.",
    "memory": (
        "Manage the memory of the desk. WHERE is a SQLite file or postgresql://user@host/database."
    ),
    "rehearse": (
        "Go through a made-up case step by step: what would be asked, of whom, and what an audit "
        "says."
    ),
    "rules": "List the rules of a ruleset, with overlays or without.",
    "sac": "Count the tables of the Safeguarding Adults Collection from EXPORTS: an aid to it.",
    "sample": "Draw the cases of a case-file audit from exports, the same ones on any machine.",
    "scan": "Scan exported case files (files or folders) and report what the record evidences.",
    "serve": "Serve prompts over HTTP, for hosts in any language.",
    "sign": "Sign the manifest of a scan (manifest.json.sig), if its files are as it says.",
    "test": "Run the examples of a ruleset or overlay, and the .feature files beside its rules.",
    "upgrade": (
        "Move an overlay to a new release of what it extends; without --write, only show it."
    ),
    "verify": (
        "Check the results beside a MANIFEST, and repeat the scan of EXPORTS to compare every byte."
    ),
}
"""The first sentences of each command's help: a list of all commands is shown by these alone."""
