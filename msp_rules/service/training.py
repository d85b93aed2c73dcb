"""Shows the training cases in a browser: part of `serve --demo`.

Nothing of the memory is read: each case is gone through by the rules of the tenant, on its own.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from msp_rules.authoring.rehearse import find_rehearsal, rehearse, training_cases
from msp_rules.reports.rehearsal import list_page, rehearsal_document, rehearsal_page
from msp_rules.service.operations import Answer, Call, Operation, Reply

TRAINING_PATH: Final = "/rehearsals"
"""The path of the list."""
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def _list(call: Call) -> Reply:
    ruleset = call.tenant.ruleset
    named = {name: find_rehearsal(name, ruleset) for name in training_cases()}
    page = list_page(
        [(f"{TRAINING_PATH[1:]}/{name}", one.title, one.about) for name, one in named.items()]
    )
    return Reply(text=page.encode(), headers=_HEADERS)


def _case(call: Call, *, name: str) -> Reply:
    tenant = call.tenant
    ruleset = tenant.ruleset
    done = rehearse(find_rehearsal(name, ruleset), tenant.engine, tenant.audit)
    page = rehearsal_page(rehearsal_document(done, ruleset), back=f"../{TRAINING_PATH[1:]}")
    return Reply(text=page.encode(), headers=_HEADERS)


def training_operations() -> tuple[Operation, ...]:
    """Gives the calls that show the list of training cases, and each of them."""
    answers = {200: Answer(description="The page.")}
    return (
        Operation(
            name="trainingCases",
            method="GET",
            path=TRAINING_PATH,
            summary="Lists the training cases.",
            function=_list,
            answers=answers,
            group="demonstration",
        ),
        *(
            Operation(
                name=f"trainingCase.{name}",
                method="GET",
                path=f"{TRAINING_PATH}/{name}",
                summary="Shows a training case, step by step.",
                function=partial(_case, name=name),
                answers=answers,
                group="demonstration",
            )
            for name in training_cases()
        ),
    )
