"""Shows the service with made-up cases, whose dates are moved so that they are as of today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

import orjson

from msp_rules.engine.engine import Engine
from msp_rules.intake.case_json import case_document
from msp_rules.intake.source import moment_of, open_cases
from msp_rules.prompts.store import Desk, Memory, upgrade
from msp_rules.rules.layers.finding import ruleset_folder
from msp_rules.rules.loading import load_ruleset
from msp_rules.service.cds_hooks import SERVICE
from msp_rules.service.operations import Answer, Call, Operation, Reply

_MADE_UP: Final = "cases/made-up-council.xml"
_DATE: Final = re.compile(rb"\b\d{4}-\d\d-\d\d\b")
_A_WEEK: Final = 7
_SHOWN: Final = 8


def fill_demonstration(
    path: Path, ruleset: str, overlays: Sequence[Path], now: datetime
) -> tuple[str, ...]:
    """Makes a memory at a path, with the made-up cases as of `now`; gives their ids."""
    upgrade(path)
    with Memory(path) as memory:
        desk = Desk(memory, Engine(load_ruleset(ruleset, overlays)))
        received = [desk.put_case(case, now) for case in moved_cases(now.date())]
    return tuple(one.case for one in received if one.case is not None)


def moved_cases(today: date) -> Iterator[bytes]:
    """Gives the made-up cases as JSON, by whole weeks later: working days stay working days."""
    with open_cases(ruleset_folder("msp-core") / _MADE_UP) as source:
        for case in source:
            if len({event.id for event in case.events}) < len(case.events):
                continue  # made up to show a fault: no host would hand it over
            newest = date.fromordinal(moment_of(source, None).day)
            days = (today - newest).days // _A_WEEK * _A_WEEK
            yield _DATE.sub(partial(_later, days=days), orjson.dumps(case_document(case)))


def _later(found: re.Match[bytes], days: int) -> bytes:
    moved = date.fromisoformat(found[0].decode()) + timedelta(days=days)
    return moved.isoformat().encode()


def demonstration_operation(cases: Sequence[str]) -> Operation:
    """Gives the page that shows what to call."""

    def write(call: Call) -> Reply:
        address = f"http://{call.headers.get('host', '')}"
        page = demonstration_page(call.tenant.desk, cases, address, datetime.now(UTC))
        return Reply(
            text=page.encode(),
            headers={
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            },
        )

    return Operation(
        name="demonstration",
        method="GET",
        path="/",
        summary="Shows what to call, with made-up cases.",
        function=write,
        answers={200: Answer(description="The page.")},
        group="demonstration",
    )


def demonstration_page(desk: Desk, cases: Sequence[str], address: str, now: datetime) -> str:
    """Writes the page: the cases with the most prompts, and commands that can be copied."""
    counted = sorted(_prompts_by_case(desk, cases, now), reverse=True)[:_SHOWN]
    case = counted[0][1]
    rows = "".join(
        f"<tr><td><code>{escape(one)}</code></td><td>{count}</td></tr>" for count, one in counted
    )
    commands = "".join(
        f"<h2>{escape(title)}</h2><pre>{escape(command)}</pre>"
        for title, command in _commands(address, case, now)
    )
    return _PAGE.format(rows=rows, commands=commands)


def _prompts_by_case(desk: Desk, cases: Sequence[str], now: datetime) -> Iterator[tuple[int, str]]:
    for case in cases:
        shown = desk.view(case, role="worker", now=now)
        yield len(shown.shown) + len(shown.held_back), case


def _commands(address: str, case: str, now: datetime) -> Iterator[tuple[str, str]]:
    request = {
        "hook": "org.msp-rules.case-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"caseId": case},
    }
    yield "What to ask the worker in a case", f"curl '{address}/cases/{case}/prompts?role=worker'"
    yield (
        "A concern was recorded, in a new case: what is asked now",
        _event_command(address, now, "concern_raised", identified_adult="yes"),
    )
    yield (
        "Then somebody looked whether the adult is safe: what is asked no longer",
        _event_command(address, now, "immediate_safety_check", result="safe"),
    )
    yield "Every rule's answer on the case", f"curl '{address}/cases/{case}/answers'"
    yield "Services for a client of CDS Hooks", f"curl {address}/cds-services"
    yield (
        "Cards for a client of CDS Hooks",
        f"curl -H 'Content-Type: application/json' {address}/cds-services/{SERVICE} -d \\\n"
        f"  '{orjson.dumps(request).decode()}'",
    )
    yield "What changed, for a host that is told", f"curl '{address}/changes?consumer=panel'"
    yield "All rules", f"curl {address}/rules"
    yield "All calls, as OpenAPI 3.1", f"curl {address}/openapi.json"


def _event_command(address: str, now: datetime, kind: str, **fields: str) -> str:
    """Writes the command for an event of a case that is new each time the page is opened."""
    case = f"NEW-{now:%H%M%S}"
    event = {
        "specversion": "1.0",
        "id": f"{case}/{kind}",
        "source": "urn:example:case-system",
        "subject": case,
        "type": f"org.msp-rules.{kind}.v1",
        "time": now.isoformat(timespec="seconds"),
        "data": {"id": kind, **fields},
    }
    return (
        f"curl -H 'Content-Type: application/cloudevents+json' {address}/events -d \\\n"
        f"  '{orjson.dumps(event).decode()}'"
    )


_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prompts over HTTP: a demonstration</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem }}
main {{ max-width: 50rem; margin: 0 auto }}
h2 {{ font-size: 1rem; margin: 1.5rem 0 0.25rem }}
pre {{ background: #f3f3f3; padding: 0.75rem; white-space: pre-wrap; overflow-wrap: anywhere }}
td, th {{ text-align: left; padding: 0.1rem 1rem 0.1rem 0 }}
</style>
</head>
<body>
<main>
<h1>Prompts over HTTP</h1>
<p>These cases are made up, and their dates are moved so that they are as of today. Nothing that is
sent here is kept after the service ends. <a href="panel/demo">Two screens with the prompt panel</a>
show what a worker sees. <a href="rehearsals">Ten training cases</a> go step by step through what is
recorded and what would be asked.</p>
<table>
<tr><th scope="col">Case</th><th scope="col">Prompts now</th></tr>
{rows}
</table>
{commands}
</main>
</body>
</html>
"""
"""The page, without cases and commands."""
