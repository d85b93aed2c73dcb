"""Offers the command that serves prompts over HTTP."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from msp_rules.cli.options import mapping_option, overlay_option
from msp_rules.extras import library_of

if TYPE_CHECKING:
    from msp_rules.service.configuration import ServiceSettings

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0: any that is free.",
)
@click.option(
    "--memory",
    help="A SQLite file or postgresql://user@host/database; else MSP_RULES_MEMORY says it.",
)
@click.option("--ruleset", help="The ruleset, by name or folder.  [default: msp-core]")
@overlay_option
@mapping_option
@click.option(
    "--config",
    "configuration",
    type=click.Path(path_type=Path),
    help="A file with tenants, clients and limits; in place of the options about one memory.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="The number of processes; more than one need PostgreSQL.",
)
@click.option(
    "--allow-unauthenticated",
    is_flag=True,
    help="Ask nobody who they are; only on this machine (127.0.0.1).",
)
@click.option(
    "--demo", "is_demo", is_flag=True, help="Show made-up cases; nothing is kept afterwards."
)
def serve(
    host: str,
    port: int,
    workers: int,
    *,
    allow_unauthenticated: bool,
    is_demo: bool,
    **source: object,
) -> None:
    """Serve prompts over HTTP, for hosts in any language.

    It prints a line with its address when it is ready. After SIGTERM it finishes what it has begun,
    for ten seconds at most, and exits with 0.
    """
    with library_of("service", "msp-rules serve"):
        from msp_rules.service.serving import ServiceRequest, run_service  # noqa: PLC0415
    if is_demo and workers > 1:
        raise click.UsageError("--demo runs with one worker: leave out --workers")
    if is_demo:
        _refuse_strangers(host, is_meant=True)
    with ExitStack() as closing:
        demonstrated: tuple[str, ...] = ()
        if is_demo:
            folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="msp-rules-demo-"))
            settings, demonstrated = _demonstration(Path(folder), source)
        else:
            settings = _settings(source)
        if not settings.is_authenticated:
            _refuse_strangers(host, is_meant=allow_unauthenticated or is_demo)
        request = ServiceRequest(
            settings=settings, host=host, port=port, workers=workers, demonstrated=demonstrated
        )
        run_service(request, _say_ready)


def _say_ready(address: str) -> None:
    click.echo(f"msp-rules serves at {address}")


def _refuse_strangers(host: str, *, is_meant: bool) -> None:
    """Refuses to serve whoever calls, unless that can be nobody but this machine."""
    if not is_meant:
        raise click.UsageError(
            "no clients are configured, so nobody would be asked who they are: name them in a "
            "--config, or say --allow-unauthenticated, which serves this machine only"
        )
    if host not in _LOOPBACK:
        raise click.UsageError(
            "without clients the service must listen on this machine only: leave out --host, or "
            "name clients in a --config"
        )


def _settings(source: dict[str, object]) -> ServiceSettings:
    """Reads what is to be served, from a file or from the options about one memory."""
    from msp_rules.service.configuration import (  # noqa: PLC0415 - it comes with an extra
        DEFAULT_RULESET,
        ServiceSettings,
        TenantSettings,
    )
    from msp_rules.service.decode_configuration import load_configuration  # noqa: PLC0415

    configuration = source["configuration"]
    if configuration is not None:
        _refuse_beside(source, "--config", "which says that of each tenant")
        return load_configuration(str(configuration))
    memory = source["memory"] or os.environ.get("MSP_RULES_MEMORY")
    if not memory:
        raise click.UsageError(
            "say with --memory where the memory lies, or with --config what is to be served; "
            "--demo needs neither"
        )
    overlays, mapping = source["overlays"], source["mapping_file"]
    assert isinstance(overlays, tuple)
    assert mapping is None or isinstance(mapping, Path)
    only = TenantSettings(
        memory=str(memory),
        ruleset=str(source["ruleset"] or DEFAULT_RULESET),
        overlays=overlays,
        mapping=mapping,
    )
    return ServiceSettings(tenants=(only,))


def _demonstration(
    folder: Path, source: dict[str, object]
) -> tuple[ServiceSettings, tuple[str, ...]]:
    """Makes a memory with made-up cases; gives the settings to serve it, and the cases."""
    from msp_rules.service.demonstration import fill_demonstration  # noqa: PLC0415

    _refuse_beside({**source, "ruleset": None, "overlays": ()}, "--demo", "which makes its own")
    if source["configuration"] is not None:
        raise click.UsageError("--config can't stand beside --demo, which needs none")
    where = folder / "memory.db"
    settings = _settings({**source, "memory": str(where)})
    (only,) = settings.tenants
    return settings, fill_demonstration(where, only.ruleset, only.overlays, datetime.now(UTC))


def _refuse_beside(source: dict[str, object], option: str, why: str) -> None:
    for name, shown in (
        ("memory", "--memory"),
        ("ruleset", "--ruleset"),
        ("overlays", "--overlay"),
        ("mapping_file", "--mapping"),
    ):
        if source[name]:
            raise click.UsageError(f"{shown} can't stand beside {option}, {why}")
