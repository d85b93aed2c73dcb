"""Whatever a plug-in does, the host gets its answer in time, and every fault by name."""

import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from msp_rules.errors import MspRulesError
from msp_rules.hooks import (
    FaultKind,
    HookLimits,
    PluginFault,
    PluginInvalid,
    Registry,
    hookimpl,
    load_installed,
)
from msp_rules.hooks.contract import MOST_DOCUMENT_BYTES, MOST_ITEM_BYTES, hook_names
from msp_rules.hooks.threads import MOST_THREADS

CANARY = "canary-9f2c"
HERE = "hooks/test_registry.py"


def plugin(**hooks: Callable[..., Any]) -> SimpleNamespace:
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def with_plugins(seconds: float = 0.2, most: int = 3, **plugins: Any) -> Registry:
    """A registry in which every hook has a short limit."""
    limits = {name: HookLimits(seconds=seconds, most_results=most) for name in hook_names()}
    registry = Registry(limits=limits)
    for name, one in plugins.items():
        registry.register(name, one)
    return registry


def rendering(function: Callable[[list[Any]], Any]) -> SimpleNamespace:
    return plugin(msp_render_cards=lambda cards: function(cards))


def finding(function: Callable[[], Any]) -> SimpleNamespace:
    return plugin(msp_find_events=lambda: function())


GOOD = rendering(lambda cards: {"shown": len(cards)})


def raises(error: BaseException) -> Any:
    raise error


def hangs(*_: object) -> Any:
    threading.Event().wait()


def spins(*_: object) -> Any:
    while True:
        pass


def endless() -> Iterator[dict[str, int]]:
    number = 0
    while True:
        number += 1
        yield {"number": number}


def stuck_after_one() -> Iterator[dict[str, int]]:
    yield {"number": 1}
    hangs()


def deep(depth: int) -> int:
    return deep(depth + 1) + 1


class Unwilling(dict[str, str]):
    """A mapping that does not let itself be looked at."""

    def __iter__(self) -> Iterator[str]:
        raise ValueError(CANARY)


@pytest.mark.parametrize(
    ("misbehaves", "kind", "detail"),
    [
        pytest.param(lambda _: raises(ValueError(CANARY)), "raised", "ValueError at ", id="raises"),
        pytest.param(lambda _: raises(SystemExit(CANARY)), "raised", "SystemExit at ", id="exits"),
        pytest.param(
            lambda _: raises(KeyboardInterrupt(CANARY)), "raised", "KeyboardInterrupt", id="Ctrl-C"
        ),
        pytest.param(lambda _: raises(GeneratorExit()), "raised", "GeneratorExit", id="generator"),
        pytest.param(lambda _: deep(0), "raised", "RecursionError at ", id="never comes back up"),
        pytest.param(
            lambda _: raises(type(CANARY, (Exception,), {})()),
            "raised",
            "an exception at ",
            id="an exception whose class is no name",
        ),
        pytest.param(hangs, "overran", "no answer within 0.2 seconds", id="hangs"),
        pytest.param(spins, "overran", "no answer within 0.2 seconds", id="spins"),
        pytest.param(lambda _: None, "invalid result", "got nothing", id="gives nothing"),
        pytest.param(lambda _: {object()}, "invalid result", "not plain data (set)", id="a set"),
        pytest.param(
            lambda _: [object()], "invalid result", "not plain data (list)", id="an object"
        ),
        pytest.param(
            lambda _: "x" * (MOST_DOCUMENT_BYTES + 1),
            "result too large",
            "longer than 1024 KiB",
            id="text",
        ),
        pytest.param(
            lambda _: ["x" * MOST_DOCUMENT_BYTES],
            "result too large",
            "longer than 1024 KiB",
            id="data",
        ),
    ],
)
def test_a_plugin_that_fails_is_named_and_the_others_go_on(
    misbehaves: Callable[[Any], Any], kind: str, detail: str
) -> None:
    registry = with_plugins(first=GOOD, bad=rendering(misbehaves), last=GOOD)

    answers = registry.ask("msp_render_cards", cards=[{"summary": CANARY}])

    assert [(one.plugin, one.value) for one in answers.given] == [
        ("first", {"shown": 1}),
        ("last", {"shown": 1}),
    ]
    (fault,) = answers.faults
    assert (fault.plugin, fault.hook, fault.kind) == ("bad", "msp_render_cards", kind)
    assert detail in fault.detail
    assert CANARY not in str(fault)


@pytest.mark.parametrize(
    ("gives", "kind", "detail"),
    [
        pytest.param(
            endless, "result too large", "more than 3 results", id="a generator without end"
        ),
        pytest.param(
            lambda: [{}] * 4, "result too large", "more than 3 results", id="one too many"
        ),
        pytest.param(stuck_after_one, "overran", "no answer", id="a generator that gets stuck"),
        pytest.param(lambda: CANARY, "invalid result", "got str", id="text"),
        pytest.param(lambda: {"a": 1}, "invalid result", "got dict", id="one mapping"),
        pytest.param(lambda: 7, "invalid result", "got int", id="a number"),
        pytest.param(lambda: Registry, "invalid result", "got a class", id="a class"),
        pytest.param(
            lambda: [{}, CANARY], "invalid result", "result 2: a mapping", id="not a mapping"
        ),
        pytest.param(
            lambda: [{"a": object()}],
            "invalid result",
            "result 1 is not plain data",
            id="an object",
        ),
        pytest.param(
            lambda: [{"a": "x" * MOST_ITEM_BYTES}],
            "result too large",
            "longer than 64 KiB",
            id="a long one",
        ),
        pytest.param(
            lambda: (raises(ValueError(CANARY)) for _ in "x"), "raised", "ValueError", id="late"
        ),
    ],
)
def test_what_an_adapter_finds_is_read_inside_the_guard(
    gives: Callable[[], Any], kind: str, detail: str
) -> None:
    registry = with_plugins(bad=finding(gives))

    answers = registry.ask("msp_find_events", source="", most=3)

    assert answers.given == ()
    (fault,) = answers.faults
    assert fault.kind == kind
    assert detail in fault.detail
    assert CANARY not in str(fault)


def test_as_many_results_as_allowed_are_taken() -> None:
    registry = with_plugins(good=finding(lambda: ({"number": n} for n in range(3))))

    assert len(registry.ask("msp_find_events", source="", most=3).value) == 3


def test_a_host_may_ask_for_fewer_than_the_limit_and_never_for_more() -> None:
    asked: list[int] = []
    good = plugin(msp_find_events=lambda source, most: asked.append(most) or [])
    registry = with_plugins(good=good)

    registry.ask("msp_find_events", source="", most=2)
    registry.ask("msp_find_events", source="", most=4)

    assert asked == [2, 3]


def test_a_mapping_that_is_not_to_be_read_is_a_fault() -> None:
    registry = with_plugins(bad=plugin(msp_rulesets=lambda: Unwilling()))

    (fault,) = registry.ask("msp_rulesets").faults

    assert fault.kind is FaultKind.RAISED
    assert CANARY not in str(fault)


def test_the_place_of_a_fault_is_the_plugins_own_line() -> None:
    def calls_a_library(cards: list[Any]) -> None:
        int(Path(CANARY).read_text())

    registry = with_plugins(bad=plugin(msp_render_cards=calls_a_library))

    (fault,) = registry.ask("msp_render_cards", cards=[]).faults

    line = calls_a_library.__code__.co_firstlineno + 1
    assert fault.detail == f"FileNotFoundError at {HERE}:{line}"


def test_one_that_overran_is_set_aside_until_told_otherwise() -> None:
    started = threading.Semaphore(0)
    blocked = threading.Event()

    def slow_once(cards: list[Any]) -> str:
        started.release()
        blocked.wait()
        return "late"

    registry = with_plugins(slow=plugin(msp_render_cards=slow_once), good=GOOD)

    first = registry.ask("msp_render_cards", cards=[])
    second = registry.ask("msp_render_cards", cards=[])

    assert [fault.kind for fault in first.faults] == [FaultKind.OVERRAN]
    assert second.faults == (
        PluginFault(
            plugin="slow",
            hook="msp_render_cards",
            kind=FaultKind.SET_ASIDE,
            detail="it overran in msp_render_cards",
        ),
    )
    assert [one.plugin for one in second.given] == ["good"]
    assert registry.plugins[0].set_aside == first.faults[0]
    assert started.acquire(blocking=False)
    assert not started.acquire(blocking=False), "it was asked again while set aside"

    blocked.set()
    registry.reinstate("slow")
    third = registry.ask("msp_render_cards", cards=[])

    assert third.faults == ()
    assert [one.value for one in third.given] == ["late", {"shown": 0}]
    assert registry.plugins[0].set_aside is None


def test_a_late_answer_never_reaches_a_later_call() -> None:
    blocked, ended = threading.Event(), threading.Event()
    turns = iter(["late", "in time"])

    def answers(cards: list[Any]) -> str:
        turn = next(turns)
        if turn == "late":
            blocked.wait()
            ended.set()
        return turn

    registry = with_plugins(slow=plugin(msp_render_cards=answers))
    registry.ask("msp_render_cards", cards=[])
    registry.reinstate("slow")
    blocked.set()

    assert registry.ask("msp_render_cards", cards=[]).value == "in time"
    assert registry.ask("msp_render_cards", cards=[]).faults[0].detail.startswith("StopIteration")


def test_one_that_never_ends_comes_back_a_few_times_only() -> None:
    blocked = threading.Event()

    def stays(cards: list[Any]) -> None:
        while not blocked.is_set():
            try:
                blocked.wait()
            except BaseException:  # noqa: BLE001, S112 - a plug-in that will not be ended
                continue

    registry = with_plugins(0.02, slow=plugin(msp_render_cards=stays))
    for _ in range(4):
        registry.ask("msp_render_cards", cards=[])
        if len(registry.ask("msp_render_cards", cards=[]).faults) == 1 and _ < 3:
            registry.reinstate("slow")

    with pytest.raises(MspRulesError, match="slow has 4 calls that never ended"):
        registry.reinstate("slow")
    blocked.set()


def test_several_that_hang_cost_one_limit_together() -> None:
    meet = threading.Barrier(3)

    def needs_the_others(cards: list[Any]) -> str:
        meet.wait()  # passes only where all three run at the same time
        return "met"

    together = plugin(msp_render_cards=needs_the_others)
    registry = with_plugins(30, one=together, two=together, three=together)

    answers = registry.ask("msp_render_cards", cards=[])

    assert [one.value for one in answers.given] == ["met"] * 3


def test_a_plugin_may_not_ask_plugins() -> None:
    found: list[Any] = []
    registry = with_plugins(
        curious=rendering(
            lambda _: found.append(registry.ask("msp_render_cards", cards=[])) or "done"
        )
    )

    answers = registry.ask("msp_render_cards", cards=[])

    assert answers.value == "done"
    assert [fault.kind for fault in found[0].faults] == [FaultKind.NESTED]
    assert found[0].given == ()


def test_what_a_plugin_does_to_its_arguments_reaches_nobody() -> None:
    def spoils(cards: list[Any]) -> str:
        cards[0]["summary"]["text"] = "spoilt"
        cards.clear()
        return "done"

    seen: list[Any] = []
    registry = with_plugins(
        spoils=rendering(spoils), sees=rendering(lambda cards: seen.append(cards) or "seen")
    )
    cards = [{"summary": {"text": "as it was"}}]

    registry.ask("msp_render_cards", cards=cards)

    assert cards == seen[0] == [{"summary": {"text": "as it was"}}]


def test_what_a_plugin_keeps_of_its_answer_changes_nothing() -> None:
    kept = {"a": [1]}
    registry = with_plugins(keeps=rendering(lambda _: kept))

    value = registry.ask("msp_render_cards", cards=[]).value
    kept["a"].append(2)

    assert value == {"a": [1]}


def test_a_hook_sees_the_context_of_its_caller_and_leaves_it_as_it_is() -> None:
    request = ContextVar("request", default="none")

    def looks(cards: list[Any]) -> str:
        seen = request.get()
        request.set("changed")
        return seen

    registry = with_plugins(looks=rendering(looks))
    request.set("r-1")

    assert registry.ask("msp_render_cards", cards=[]).value == "r-1"
    assert request.get() == "r-1"
    assert registry.ask("msp_render_cards", cards=[]).value == "r-1"


def test_too_many_calls_at_once_are_refused_and_do_not_set_it_aside() -> None:
    blocked, inside = threading.Event(), threading.Semaphore(0)

    def waits(cards: list[Any]) -> str:
        inside.release()
        blocked.wait()
        return "done"

    registry = with_plugins(30, waits=rendering(waits))
    hosts = [
        threading.Thread(target=lambda: registry.ask("msp_render_cards", cards=[]))
        for _ in range(MOST_THREADS)
    ]
    for host in hosts:
        host.start()
    for _ in hosts:
        inside.acquire()

    refused = registry.ask("msp_render_cards", cards=[])
    blocked.set()
    for host in hosts:
        host.join()

    assert [fault.kind for fault in refused.faults] == [FaultKind.BUSY]
    assert registry.ask("msp_render_cards", cards=[]).value == "done"


def test_a_forked_process_asks_plugins_too() -> None:
    registry = with_plugins(30, good=GOOD)
    registry.ask("msp_render_cards", cards=[])
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # From Python 3.12 on: a fork leaves the threads behind, which is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        ok = registry.ask("msp_render_cards", cards=[{}]).value == {"shown": 1}
        os.write(writing, b"1" if ok else b"0")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 1) == b"1"
    os.close(reading)
    os.close(writing)


def test_what_plugins_do_wrong_is_logged_without_a_word_of_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    registry = with_plugins(
        0.05, raises=rendering(lambda _: raises(ValueError(CANARY))), spins=rendering(spins)
    )

    registry.ask("msp_render_cards", cards=[])

    assert capfd.readouterr() == ("", "")
    assert [one.name for one in caplog.records] == ["msp_rules.hooks"] * len(caplog.records)
    assert CANARY not in caplog.text


def test_only_one_plugin_is_asked_if_named() -> None:
    registry = with_plugins(first=GOOD, last=GOOD)

    answers = registry.ask("msp_render_cards", only="last", cards=[])

    assert [one.plugin for one in answers.given] == ["last"]


class MisspeltHook:
    @hookimpl
    def msp_render_card(self, cards: list[Any]) -> str:
        return ""


class Unmarked:
    def msp_render_cards(self, cards: list[Any]) -> str:
        return ""


class WrongArgument:
    @hookimpl
    def msp_render_cards(self, card: list[Any]) -> str:
        return ""


class Wrapping:
    @hookimpl(wrapper=True)
    def msp_render_cards(self, cards: list[Any]) -> Iterator[None]:
        yield


class Asynchronous:
    @hookimpl
    async def msp_render_cards(self, cards: list[Any]) -> str:
        return ""


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (MisspeltHook(), "there is no hook msp_render_card; did you mean msp_render_cards?"),
        (Unmarked(), "msp_render_cards is not marked: put @hookimpl (from msp_rules.hooks) above"),
        (WrongArgument(), "msp_render_cards takes no argument card; did you mean cards?"),
        (Wrapping(), "msp_render_cards wraps the other plug-ins' hooks"),
        (Asynchronous(), "msp_render_cards is async; hooks are plain functions"),
        (MisspeltHook, "is a class: name a module, or an object of the class"),
        (SimpleNamespace(msp_rulesets=hookimpl(Unwilling)), "msp_rulesets is not a function"),
        (object(), "it implements no hook; the hooks are msp_find_events, "),
    ],
    ids=["misspelt", "unmarked", "argument", "wrapper", "async", "class", "no function", "no hook"],
)
def test_a_wrong_hook_is_an_error_that_says_what_to_do(wrong: object, says: str) -> None:
    with pytest.raises(PluginInvalid) as caught:
        Registry().register("wrong", wrong)

    assert says in str(caught.value)
    assert "plug-in wrong" in str(caught.value)


def test_a_misspelt_hook_is_shown_with_its_line() -> None:
    with pytest.raises(PluginInvalid) as caught:
        Registry().register("wrong", MisspeltHook())

    line = MisspeltHook.msp_render_card.__code__.co_firstlineno
    assert f"{HERE}:{line}: " in str(caught.value)


def test_a_hook_may_take_fewer_arguments_than_it_is_offered() -> None:
    registry = with_plugins(short=plugin(msp_find_events=lambda source: [{"source": source}]))

    assert registry.ask("msp_find_events", source="s", most=1).value == ({"source": "s"},)


def test_a_name_is_given_once() -> None:
    registry = with_plugins(good=GOOD)

    with pytest.raises(PluginInvalid, match="another plug-in has this name"):
        registry.register("good", GOOD)


def installed(folder: Path, name: str, text: str) -> EntryPoint:
    (folder / f"{name}.py").write_text(f"from msp_rules.hooks import hookimpl\n{text}\n")
    return EntryPoint(name=name.replace("_", "-"), value=name, group="msp_rules")


RULESETS = "@hookimpl\ndef msp_rulesets():\n    return {}\n"


def test_what_cant_be_loaded_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    entries = [
        installed(tmp_path, "z_good_one", RULESETS),
        installed(tmp_path, "y_raising", f"raise ValueError('{CANARY}')"),
        installed(tmp_path, "x_exiting", f"raise SystemExit('{CANARY}')"),
        installed(tmp_path, "w_misspelt", RULESETS.replace("rulesets", "ruleset")),
        EntryPoint(name="v-missing", value="v_missing", group="msp_rules"),
        installed(tmp_path, "u_hanging", "import threading; threading.Event().wait()"),
    ]

    registry = load_installed(entries=entries, load_seconds=2)

    assert [one.name for one in registry.plugins] == ["z-good-one"]
    assert [str(fault) for fault in registry.faults] == [
        "plug-in u-hanging: refused: importing u_hanging took longer than 2 seconds",
        "plug-in v-missing: refused: importing v_missing raised ModuleNotFoundError",
        f"plug-in w-misspelt: refused: {tmp_path.name}/w_misspelt.py:2: "
        "there is no hook msp_ruleset; did you mean msp_rulesets?",
        "plug-in x-exiting: refused: importing x_exiting raised SystemExit",
        "plug-in y-raising: refused: importing y_raising raised ValueError",
    ]


def test_a_strict_load_raises_for_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    entry = installed(tmp_path, "t_misspelt", RULESETS.replace("rulesets", "rule_sets"))

    with pytest.raises(PluginInvalid, match="did you mean msp_rulesets"):
        load_installed(entries=[entry], is_strict=True)


def test_an_unknown_plugin_is_an_error_with_the_nearest_name() -> None:
    registry = with_plugins(outbox=GOOD)

    with pytest.raises(MspRulesError, match="there is no plug-in outbx; did you mean outbox"):
        registry.need("outbx")
