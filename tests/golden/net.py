"""Says whether the program still gives what it gave, and if not, what differs.

python -m tests.golden.net --check          which files differ from the kept digests, where
python -m tests.golden.net --write          keeps the digests of what the program gives now
python -m tests.golden.net --against REV    shows what differs from another revision
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.golden.comparing import readable_differences
from tests.golden.digests import Outcome, differences, load, outcome_of, save
from tests.golden.inputs import PINNED, digest_of
from tests.golden.runs import RUNS, Run, Tree, layers, run
from tests.golden.texts import Texts
from tests.golden.worktree import worktree


class Net:
    """Runs commands of one tree in a folder of work, and says what came of them."""

    def __init__(self, work: Path, tree: Tree) -> None:
        self.work = work
        self.tree = tree
        work.mkdir(parents=True, exist_ok=True)

    @property
    def layers(self) -> dict[str, str]:
        """The hashes of the ruleset and the overlay of the tree."""
        return dict(layers(self.tree, self.work))

    @property
    def texts(self) -> Texts:
        """How the outputs of this tree are read."""
        return Texts(self.layers)

    def outcome(self, one: Run, jobs: int, kept: Outcome | None = None) -> tuple[Path, Outcome]:
        """Runs a command; returns the folder of what came of it, and its digests."""
        out = run(one, jobs, self.work, self.tree)
        return out, outcome_of(out, self.texts, kept)

    def inputs(self, one: Run) -> dict[str, str]:
        """Returns the digests of the inputs of a command that was run."""
        names = sorted({*one.inputs} - PINNED)
        return {name: digest_of(self.work / "inputs" / name) for name in names}


def check_run(net: Net, one: Run, kept: dict[str, Any]) -> list[str]:
    """Returns a sentence for all that differs in a command from what is kept of it."""
    said: list[str] = []
    if one.name not in kept["runs"]:
        return [f"{one.name}: nothing is kept of it; --write keeps it"]
    for jobs in one.ways:
        _out, found = net.outcome(one, jobs, kept["runs"][one.name])
        said += [f"{_way(one, jobs)}: {row}" for row in differences(kept["runs"][one.name], found)]
    for name, digest in net.inputs(one).items():
        if kept["inputs"].get(name) != digest:
            said.append(f"{one.name}: the input {name} itself is another")
    return said


def check_layers(net: Net, kept: dict[str, Any]) -> list[str]:
    """Returns a sentence for each ruleset or overlay that is not the kept one."""
    found = net.layers
    return [
        f"{name}: the hash of these rules is another"
        for name in sorted({*found, *kept["layers"]})
        if found.get(name) != kept["layers"].get(name)
    ]


def check(net: Net, runs: Sequence[Run]) -> int:
    """Says all that differs from what is kept; returns the exit code."""
    kept = load()
    count = _say_all(check_layers(net, kept))
    for one in runs:
        count += _say_all(check_run(net, one, kept))
    for name in sorted({*kept["runs"]} - {one.name for one in RUNS}):
        count += _say_all([f"{name}: is kept, and run no more"])
    _say(f"{count} differences" if count else f"{len(runs)} commands give what is kept of them")
    return 1 if count else 0


def write(net: Net) -> int:
    """Keeps what the program gives now; keeps nothing where processes make a difference."""
    found: dict[str, Any] = {"layers": net.layers, "inputs": {}, "runs": {}}
    count = 0
    for one in RUNS:
        first = found["runs"][one.name] = net.outcome(one, one.ways[0])[1]
        for jobs in one.ways[1:]:
            said = differences(first, net.outcome(one, jobs, first)[1])
            count += _say_all(f"{one.name}: with --jobs {jobs}, {row}" for row in said)
        found["inputs"] |= net.inputs(one)
    if count:
        return 1
    found["inputs"] = dict(sorted(found["inputs"].items()))
    save(found)
    _say(f"{len(RUNS)} commands are kept")
    return 0


def against(revision: str, work: Path, runs: Sequence[Run]) -> int:
    """Shows what differs between a revision and the code here; returns the exit code."""
    count = 0
    with worktree(revision) as folder:
        old, new = Net(work / "before", Tree.of_checkout(folder)), Net(work / "now", here())
        for name in sorted({*old.layers, *new.layers}):
            if old.layers.get(name) != new.layers.get(name):
                count += _say_all([f"{name}: the hash of these rules is another"])
        for one in runs:
            for jobs in one.ways:
                before, now = old.outcome(one, jobs), new.outcome(one, jobs)
                rows = list(
                    readable_differences(
                        (before[0], old.texts, before[1]), (now[0], new.texts, now[1])
                    )
                )
                if rows:
                    _say(f"{_way(one, jobs)}:")
                    count += _say_all(f"  {row}" for row in rows)
    _say("" if count else f"{len(runs)} commands give what they gave at {revision}")
    return 1 if count else 0


def here() -> Tree:
    """Returns the code that this process itself would import."""
    return Tree.of_this_process()


def _way(one: Run, jobs: int) -> str:
    return f"{one.name}, --jobs {jobs}" if one.jobs else one.name


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n" if text else "")
    sys.stdout.flush()


def _say_all(rows: Iterable[str]) -> int:
    count = 0
    for row in rows:
        _say(row)
        count += 1
    return count


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.golden.net",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    wish = parser.add_mutually_exclusive_group()
    wish.add_argument(
        "--check", action="store_true", help="say what differs (without a wish: this)"
    )
    wish.add_argument("--write", action="store_true", help="keep what the program gives now")
    wish.add_argument("--against", metavar="REV", help="show what differs from another revision")
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help="leave all outputs in a new folder"
    )
    names = [one.name for one in RUNS]
    parser.add_argument("--only", action="append", choices=names, help="this command; repeat it")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write keeps all commands")
    runs = [one for one in RUNS if options.only is None or one.name in options.only]
    with tempfile.TemporaryDirectory(prefix="msp-rules-net-") as folder:
        work = options.keep or Path(folder)
        if options.keep and options.keep.exists():
            parser.error("--keep takes a folder that is not there yet")
        if options.against:
            sys.exit(against(options.against, work.absolute(), runs))
        net = Net(work.absolute(), here())
        sys.exit(write(net) if options.write else check(net, runs))


if __name__ == "__main__":
    main()
