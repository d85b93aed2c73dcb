"""Runs an adapter in a process of its own, and keeps everything that it prints or logs.

The kit's own process never runs the adapter's code: an adapter that hangs beyond the reach
of threads, or crashes its process, ends a walk and not the kit.
"""

from __future__ import annotations

import base64
import importlib
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import orjson

from msp_rules.hooks import PluginInvalid, Registry
from msp_rules.hooks.hookspecs import GROUP
from msp_rules.prompts.adapter_round import Change
from msp_rules.prompts.card import Card

if TYPE_CHECKING:  # there is no fork server on every system
    from multiprocessing.context import ForkServerContext, SpawnContext

WALK_SECONDS: Final = 120.0
_PRELOADED: Final = ["msp_rules.prompts.conformance.walks"]

Seen = TypeVar("Seen", bound=Mapping[str, object])
"""The observations of a walk, as plain data: its process passes them on as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """Names the adapter that is tried."""

    name: str
    """The name of an installed plug-in, or of a module in `folder`."""
    folder: str | None = None
    """The folder with the module of an adapter that is not installed."""

    @property
    def entry(self) -> metadata.EntryPoint | None:
        """The entry point of an installed adapter; None where there is none of this name."""
        if self.folder is not None:
            return metadata.EntryPoint(name=self.name, value=self.name, group=GROUP)
        return next(iter(metadata.entry_points(group=GROUP, name=self.name)), None)

    @property
    def version(self) -> str | None:
        """The version that is installed."""
        entry = self.entry
        return entry.dist.version if entry is not None and entry.dist is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Holds what a walk tries an adapter with."""

    canary: str
    """A text that is in every free text of the samples."""
    changes: tuple[Change, ...] = ()
    """The changes that the host is to receive."""
    cards: tuple[Card, ...] = ()
    """The cards that it is to show."""
    most_points: int = 0
    """The most points at which a round is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk(Generic[Seen]):
    """Holds what a walk left behind."""

    seen: Seen | None
    """The things that it saw; None where it did not finish."""
    output: bytes
    """All that was printed or logged meanwhile."""
    ended: str
    """The reason for which it did not finish."""


class NotLoaded(Exception):
    """The adapter could not be loaded; the text may be shown."""


def walk_apart(
    function: Callable[[Adapter, Path, Task], Seen],
    adapter: Adapter,
    folder: Path,
    task: Task,
    seconds: float = WALK_SECONDS,
) -> Walk[Seen]:
    """Runs a walk in a process of its own, in a new folder."""
    folder.mkdir()
    process = _context().Process(target=_run, args=(function, adapter, folder, task))
    process.start()
    process.join(seconds)
    ended = ""
    if process.is_alive():
        process.kill()
        process.join()
        ended = f"the process did not end within {seconds:g} seconds and was killed"
    elif process.exitcode != 0:
        ended = f"the process ended with code {process.exitcode} in the middle"
    process.close()
    seen_file, output_file = folder / "seen.json", folder / "output.txt"
    seen: Seen | None = orjson.loads(seen_file.read_bytes()) if seen_file.exists() else None
    output = output_file.read_bytes() if output_file.exists() else b""
    return Walk(seen=seen, output=output, ended=ended)


def loaded(adapter: Adapter) -> object:
    """Loads the adapter; raises NotLoaded where it can't be imported, or its hooks are wrong.

    Without a thread, so that the process may still be forked: it is the adapter's own already.
    """
    if adapter.folder is not None:
        sys.path.insert(0, adapter.folder)
        importlib.invalidate_caches()
    entry = adapter.entry
    if entry is None:
        raise NotLoaded("it is not installed")
    try:
        plugin: object = entry.load()
    except BaseException as error:  # noqa: BLE001 - the boundary; its text may hold anything
        raise NotLoaded(f"importing {entry.value} raised {type(error).__name__}") from None
    try:
        registry_of(adapter, plugin)
    except PluginInvalid as error:
        raise NotLoaded(str(error)) from None
    return plugin


def registry_of(adapter: Adapter, plugin: object) -> Registry:
    """Makes a registry with this one adapter; it has no thread before it is asked."""
    registry = Registry()
    registry.register(adapter.name, plugin)
    return registry


def packed(source: str | bytes) -> dict[str, str]:
    """Writes a source as plain data."""
    if isinstance(source, bytes):
        return {"bytes": base64.b64encode(source).decode("ascii")}
    return {"text": source}


def unpacked(source: Mapping[str, str]) -> str | bytes:
    """Reads the source that `packed` wrote."""
    return source["text"] if "text" in source else base64.b64decode(source["bytes"])


def _context() -> ForkServerContext | SpawnContext:
    # Never a plain fork: the kit's own process may have threads, which a fork leaves behind.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _run(
    function: Callable[[Adapter, Path, Task], Mapping[str, object]],
    adapter: Adapter,
    folder: Path,
    task: Task,
) -> None:
    """Runs the walk in the new process, with all that is printed or logged going into a file."""
    with (folder / "output.txt").open("wb", buffering=0) as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
        seen = function(adapter, folder, task)
        sys.stdout.flush()
        unfinished = folder / "seen.unfinished"
        unfinished.write_bytes(orjson.dumps(seen))
        unfinished.replace(folder / "seen.json")
        logging.shutdown()
        # Threads that hang must not keep the process: what it saw is written down.
        os._exit(0)
