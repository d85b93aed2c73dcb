"""Shows two prompt panels side by side on a page that plays the host: part of `serve --demo`."""

from __future__ import annotations

from functools import partial
from importlib import resources
from typing import Final

from msp_rules.service.operations import Answer, Call, Operation, Reply

DEMONSTRATION_PATH: Final = "/panel/demo"
"""The path of the page."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_FILES: Final = {
    DEMONSTRATION_PATH: ("demo.html", "text/html"),
    f"{DEMONSTRATION_PATH}.js": ("demo.js", "text/javascript"),
    f"{DEMONSTRATION_PATH}.css": ("demo.css", "text/css"),
}


def _give(_: Call, *, name: str, media_type: str) -> Reply:
    headers = {"Content-Type": f"{media_type}; charset=utf-8", "Content-Security-Policy": _POLICY}
    text = resources.files(__package__).joinpath(name).read_bytes()
    return Reply(text=text, headers=headers)


DEMONSTRATION: Final = tuple(
    Operation(
        name=name,
        method="GET",
        path=path,
        summary="Gives a part of the page that tries the prompt panel.",
        function=partial(_give, name=name, media_type=media_type),
        answers={200: Answer(description="The part.")},
        group="demonstration",
    )
    for path, (name, media_type) in _FILES.items()
)
"""The calls of the demonstration, which are no part of a service that is in use."""
