"""Gives out the prompt panel: its module, and its words in other languages."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Final

from msp_rules.rules.language.catalogue import words_of
from msp_rules.rules.language.panel_words import PANEL_TEXTS, is_right_to_left
from msp_rules.service.cases import LANGUAGE
from msp_rules.service.operations import Answer, Call, Operation, Reply
from msp_rules.yaml_source.json_schema import Schema, closed

MODULE_FILE: Final = "msp-prompts.js"
"""The name of the module's file, in this package."""
MODULE_PATH: Final = f"/panel/{MODULE_FILE}"
"""The path under which the service gives the module out."""
MODULE_TYPE: Final = "text/javascript"
"""The media type of the module."""

# A page may keep it for an hour; then the browser asks whether it is still the same.
_CACHED: Final = "public, max-age=3600"


def module(call: Call) -> Reply:
    """Gives the module, or says that the caller has it already."""
    text, tag = module_text()
    headers = {"ETag": tag, "Cache-Control": _CACHED}
    known = {
        one.strip().removeprefix("W/") for one in call.headers.get("if-none-match", "").split(",")
    }
    if tag in known or "*" in known:
        return Reply(status=304, headers=headers)
    more = {
        "Content-Type": f"{MODULE_TYPE}; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Reply(text=text, headers=headers | more)


@cache
def module_text() -> tuple[bytes, str]:
    """Reads the module; gives it with the tag by which caches know this version of it."""
    text = resources.files(__package__).joinpath(MODULE_FILE).read_bytes()
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def messages(call: Call) -> Reply:
    """Gives the panel's words in a language, as far as the organisation has them."""
    language = call.query["language"]
    words = words_of(call.tenant.ruleset, language)
    return Reply(
        document={
            "language": words.language,
            "direction": "rtl" if is_right_to_left(words.language) else "ltr",
            "texts": {text: words.texts[text] for text in PANEL_TEXTS if text in words.texts},
        }
    )


_MESSAGES: Final[Schema] = closed(
    {
        "language": {"type": "string", "description": "The language that was found."},
        "direction": {"enum": ["ltr", "rtl"]},
        "texts": {
            "type": "object",
            "description": "The words, by their English; what is absent is said in English.",
            "additionalProperties": {"type": "string"},
        },
    }
)

OPERATIONS: Final = (
    Operation(
        name="panelModule",
        method="GET",
        path=MODULE_PATH,
        summary="Gives the prompt panel: a module that defines the element msp-prompts.",
        function=module,
        answers={
            200: Answer(
                description="The module.", schema={"type": "string"}, media_type=MODULE_TYPE
            ),
            304: Answer(description="The caller has it already, by its `If-None-Match`."),
        },
        group="panel",
        needs_tenant=False,
    ),
    Operation(
        name="panelMessages",
        method="GET",
        path="/panel/messages",
        summary="Gives the words of the prompt panel in a language.",
        function=messages,
        answers={200: Answer(description="The words.", schema=_MESSAGES)},
        parameters=(replace(LANGUAGE, is_required=True),),
        group="panel",
    ),
)
"""The calls of this module."""
