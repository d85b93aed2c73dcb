"""A page of a host that shows prompt panels, for tests that use it by the keyboard alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.support.service import Service, serve
from tests.support.told import concern, told

STRICT: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'none'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The content policy of the page: no inline code, no inline styles, no markup from text."""
MOST_TABS: Final = 80
FOCUSED: Final = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  if (!one || one === document.body) return "";
  const label = one.labels?.[0]?.textContent ?? one.getAttribute("aria-label") ?? one.textContent;
  return label.trim();
}"""
"""Names what has the focus, inside of the panels, too."""
VALUE: Final = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one.value;
}"""
"""Gives the value of the field that has the focus."""
OF_THE_BROWSER: Final = "Failed to load resource"
"""Begins what a browser itself writes of a call that failed."""
HEARD: Final = "msp-prompts [role=status]"
"""Finds what was announced."""
MARKUP: Final = (
    "document.documentElement.outerHTML"
    " + document.querySelector('msp-prompts').shadowRoot.querySelector('.frame').outerHTML"
)
"""Gives all markup of a page with one panel."""
WIDER: Final = """() => [...document.querySelectorAll('msp-prompts')].flatMap(panel =>
  [...panel.shadowRoot.querySelectorAll('*:not(.heard, .heard *)')].filter(one =>
    one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1 ||
    (one.clientWidth > 0 && one.localName !== 'input' && one.scrollWidth > one.clientWidth + 1)
  ).map(one => one.outerHTML.slice(0, 80)))"""
"""Lists what of the panels is wider than the page."""
HAND_IN: Final = "found => { document.querySelector('msp-prompts').document = found; }"
"""Hands a document in."""
_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A host</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<script type="module" src="/panel/msp-prompts.js"></script></head>
<body><main><h1>Case file</h1><p><label>Note <input id="note"></label></p>{panels}</main></body>
</html>
"""


_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": STRICT,
}
_PLAIN: Final = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "null"}


class PanelHost:
    """A service that runs, and pages that show its panels."""

    def __init__(self, service: Service, address: str, browser: Any) -> None:
        self.service = service
        self.address = address
        self._page = browser.new_page(locale="en-GB")
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Closes the page."""
        self._page.context.close()

    def new_case(self) -> str:
        """Records a concern on a case of its own; gives the id of the case."""
        case = f"SA-{next(self._numbers)}"
        self.record(concern(case=case))
        return case

    def record(self, message: Mapping[str, Any]) -> None:
        """Records a message as the host would."""
        self.service.desk.receive(message, self.service.now)

    def settle(self, case: str) -> None:
        """Records what settles the question that interrupts."""
        fields = {"result": "safe"}
        self.record(told("immediate_safety_check", 2, "2026-01-05T11:00:00", case=case, **fields))

    @contextmanager
    def page(
        self, *panels: Mapping[str, str | None], width: int = 420, **media: Any
    ) -> Iterator[Panel]:
        """Opens the page with panels, each from its attributes; they ask the service by hand only.

        It is the same page of the browser each time: a new one takes a second of processor time.
        """
        page = self._page
        shown = "".join(f"<msp-prompts {_attributes(one)}></msp-prompts>" for one in panels)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(**{**_PLAIN, **media})
        page.route(
            f"{self.address}/host",
            lambda route: route.fulfill(body=_PAGE.format(panels=shown), headers=_HEADERS),
        )
        opened = Panel(page)
        page.goto(f"{self.address}/host")
        try:
            yield opened
        finally:
            opened.close()
            page.unroute_all()
            page.context.set_offline(False)


class Panel:
    """A page with panels, as somebody without a mouse uses it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.alarms: list[str] = []
        self.requests: list[tuple[str, str, str]] = []
        self._listeners = {
            "console": lambda message: self.alarms.append(message.text),
            "pageerror": lambda error: self.alarms.append(str(error)),
            "request": lambda one: self.requests.append((one.method, one.url, one.post_data or "")),
        }
        for name, listener in self._listeners.items():
            page.on(name, listener)

    def close(self) -> None:
        """Hears nothing any more of the page."""
        for name, listener in self._listeners.items():
            self.page.remove_listener(name, listener)

    def wait(self, text: str) -> None:
        """Waits until a text stands in a panel."""
        self.page.get_by_text(text).first.wait_for(timeout=5000)

    def gone(self, text: str) -> None:
        """Waits until a text stands nowhere that can be seen."""
        self.page.get_by_text(text, exact=True).first.wait_for(state="hidden", timeout=5000)

    def press(self, *keys: str) -> None:
        """Presses keys, one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Types a text."""
        self.page.keyboard.type(text)

    def write_day(self, day: str) -> None:
        """Types a day into the field that has the focus, in the order of its parts there."""
        year, month, number = day.split("-")
        for parts in ((month, number, year), (number, month, year)):
            self.press("ArrowLeft", "ArrowLeft")
            self.write("".join(parts))
            if self.page.evaluate(VALUE) == day:
                return
        raise AssertionError(f"{day} can't be typed here")

    @property
    def focused(self) -> str:
        """The name of what has the focus."""
        return str(self.page.evaluate(FOCUSED))

    def tab_to(self, name: str, *, key: str = "Tab") -> None:
        """Presses Tab until something of this name has the focus."""
        for _ in range(MOST_TABS):
            if self.focused == name:
                return
            self.press(key)
        raise AssertionError(f"no {MOST_TABS} tabs lead to {name}")

    def choose(self, name: str) -> None:
        """Tabs to a button and presses it."""
        self.tab_to(name)
        self.press("Enter")

    def refresh(self) -> None:
        """Has every panel ask its service, as it does by itself after a while."""
        self.page.evaluate(
            "Promise.all([...document.querySelectorAll('msp-prompts')].map(one => one.refresh()))"
        )

    def text(self, panel: int = 0) -> str:
        """All that can be read in a panel."""
        return str(self.page.locator("msp-prompts .frame").nth(panel).inner_text())

    def wait_until_seen(self, number: int = 4) -> None:
        """Waits until the service knows that so many questions were shown."""
        while len([one for _, url, one in self.requests if '"shown"' in one]) < number:
            self.page.wait_for_timeout(10)

    @property
    def own_alarms(self) -> list[str]:
        """What was written to the console or raised, but for what the browser says of calls."""
        return [one for one in self.alarms if not one.startswith(OF_THE_BROWSER)]

    def violations(self) -> list[str]:
        """Finds what axe has against the page."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - an extra

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found
        ]

    def sent(self) -> list[dict[str, Any]]:
        """The answers that were sent, but for what says that a question was shown."""
        bodies = [json.loads(body) for method, _, body in self.requests if method == "POST"]
        return [one for one in bodies if one["kind"] != "shown"]


def _attributes(values: Mapping[str, str | None]) -> str:
    return " ".join(f'{name}="{value or ""}"' for name, value in values.items())


@contextmanager
def panel_host(service: Service, browser: Any) -> Iterator[PanelHost]:
    """Serves an application to pages of a browser."""
    with serve(service.application) as address:
        host = PanelHost(service, address, browser)
        yield host
        host.close()
