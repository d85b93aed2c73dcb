"""Brings a panel into each of its states by the keyboard alone, for tests and for pictures.

`python -m tests.support.panel_states docs/pictures` draws the pictures of docs/panel.md anew.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from msp_rules.prompts.store import upgrade
from tests.support.browser import ARGUMENTS, browser_path
from tests.support.desk import core_engine
from tests.support.panel import Panel, PanelHost, panel_host
from tests.support.service import Service

AT_A_CONCERN: Final = {"step": "concern_raised", "role": "worker", "poll": "0"}
SAFE: Final = "Is the adult safe right now?"
ASKED: Final = "Has anyone asked what the adult wants to happen?"
WORDS: Final = "The ward rings back on Monday."
State = Callable[..., AbstractContextManager[Panel]]
"""Opens a page of a host with a panel in one state; options are those of a page."""


@contextmanager
def interrupting(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """One question interrupts, three stand beside, others are held back."""
    with host.page({"case": host.new_case(), **AT_A_CONCERN}, **options) as panel:
        panel.wait(SAFE)
        yield panel


@contextmanager
def beside(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """Nothing interrupts: the questions stand beside the form."""
    with interrupting(host, **options) as panel:
        panel.press("Escape")
        yield panel


@contextmanager
def why(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """Why a question is asked, what would settle it, and whose number its limit is."""
    with interrupting(host, **options) as panel:
        panel.choose("Why this question?")
        panel.wait("What would settle it:")
        yield panel


@contextmanager
def put_off(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A question is to be put off, to a day that is too late."""
    with interrupting(host, **options) as panel:
        panel.choose("Put off")
        panel.write_day("2026-12-31")
        panel.choose("Put off")
        panel.wait("Choose a day that is not later than")
        yield panel


@contextmanager
def reason(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A reason is given that needs words."""
    with interrupting(host, **options) as panel:
        panel.choose("Give a reason")
        panel.press("Space", "ArrowDown", "Tab")
        panel.write(WORDS)
        yield panel


@contextmanager
def review(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A reason is given that needs words, and the day on which to look at it again."""
    with beside(host, **options) as panel:
        second_card(panel)
        panel.choose("Give a reason")
        panel.press("Space", "ArrowDown", "Tab")
        panel.write(WORDS)
        panel.tab_to("Look at it again on")
        panel.write_day("2026-01-12")
        yield panel


def second_card(panel: Panel) -> None:
    """Leaves the first card behind, by its last button."""
    panel.tab_to("Why this question?")
    panel.press("Tab")


@contextmanager
def answered(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A reason was given, and counts."""
    with review(host, **options) as panel:
        panel.choose("Give this reason")
        panel.wait("It counts once it is in the record.")
        yield panel


@contextmanager
def promised(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A worker has promised to record what is asked for."""
    with interrupting(host, **options) as panel:
        panel.choose("I will record it")
        panel.wait("Promised.")
        yield panel


@contextmanager
def elsewhere(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """A colleague answers a question while somebody writes on it."""
    case = host.new_case()
    with host.page({"case": case, **AT_A_CONCERN}, **options) as panel:
        panel.wait(SAFE)
        panel.choose("Give a reason")
        panel.press("Space", "Tab")
        panel.write(WORDS)
        host.settle(case)
        panel.refresh()
        panel.wait("Close")
        yield panel


@contextmanager
def nothing(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """There is nothing to ask."""
    attributes = {"case": host.new_case(), **AT_A_CONCERN, "role": "advocate"}
    with host.page(attributes, **options) as panel:
        panel.wait("There is nothing to ask here now.")
        yield panel


@contextmanager
def purged(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """The case was purged while somebody wrote on a question."""
    case = host.new_case()
    with host.page({"case": case, **AT_A_CONCERN}, **options) as panel:
        panel.wait(SAFE)
        panel.choose("Give a reason")
        host.service.desk.purge(case)
        panel.refresh()
        panel.wait("Nothing is held on this case.")
        yield panel


@contextmanager
def offline(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """The service can't be reached, and an answer could not be sent."""
    with interrupting(host, **options) as panel:
        panel.choose("Put off")
        panel.write_day("2026-01-06")
        panel.page.context.set_offline(True)
        panel.choose("Put off")
        panel.wait("It could not be sent.")
        panel.refresh()
        panel.wait("There is no connection")
        yield panel


@contextmanager
def slow(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """The service takes its time."""
    with interrupting(host, **options) as panel:
        held: list[Any] = []
        panel.page.route("**/prompts?*", lambda route: held.append(route))
        panel.page.evaluate(
            "const later = window.setTimeout;"
            "window.setTimeout = (work, ms) => later(work, ms / 50);"
            "void document.querySelector('msp-prompts').refresh()"
        )
        panel.wait("slow to answer")
        yield panel
        for one in held:
            one.abort()


@contextmanager
def signed_out(host: PanelHost, **options: Any) -> Iterator[Panel]:
    """The service does not accept the sign-in any more."""
    with interrupting(host, **options) as panel:
        panel.page.route("**/prompts?*", lambda route: route.fulfill(status=401, body="{}"))
        panel.refresh()
        panel.wait("Sign in again.")
        yield panel


STATES: Final[Mapping[str, State]] = {
    one.__name__: one
    for one in (
        *(interrupting, beside, why, put_off, reason, review, answered, promised, elsewhere),
        *(nothing, purged, offline, slow, signed_out),
    )
}
"""Every state, by name."""


_WHOLE: Final = "msp-prompts"
_FIRST: Final = "msp-prompts dialog"
PICTURES: Final[Mapping[str, tuple[str, str, Mapping[str, Any]]]] = {
    "panel-interrupting": ("interrupting", _WHOLE, {}),
    "panel-why": ("why", _FIRST, {}),
    "panel-put-off": ("put_off", _FIRST, {}),
    "panel-reason": ("review", "msp-prompts .cards > li:nth-child(2)", {}),
    "panel-answered": ("answered", "msp-prompts .notes", {}),
    "panel-promised": ("promised", _WHOLE, {"color_scheme": "dark"}),
    "panel-elsewhere": ("elsewhere", _FIRST, {}),
    "panel-nothing": ("nothing", _WHOLE, {}),
    "panel-purged": ("purged", _WHOLE, {}),
    "panel-offline": ("offline", "msp-prompts .notice", {}),
    "panel-not-sent": ("offline", _FIRST, {}),
    "panel-slow": ("slow", "msp-prompts .notice", {}),
    "panel-signed-out": ("signed_out", "msp-prompts .notice", {}),
    "panel-narrow": ("interrupting", _WHOLE, {"width": 320}),
    "panel-wide": ("why", _WHOLE, {"width": 1000}),
    "panel-forced-colours": ("interrupting", _FIRST, {"forced_colors": "active"}),
}
"""The pictures of docs/panel.md: the state of each, the part that it shows, options of its page."""


def draw(folder: Path) -> None:
    """Draws every picture into a folder."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        path = Path(temporary) / "service.db"
        upgrade(path)
        browser = driver.chromium.launch(executable_path=browser_path(), args=[*ARGUMENTS])
        with panel_host(Service(path, core_engine()), browser) as host:
            for name, (state, part, options) in PICTURES.items():
                with STATES[state](host, **options) as panel:
                    picture = folder / f"{name}.png"
                    panel.page.locator(part).first.screenshot(path=picture)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
