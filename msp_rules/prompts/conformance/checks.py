"""Judges what the walks of the kit saw: one function for each check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import orjson

from msp_rules.casework.vocabulary import FieldKind, Vocabulary
from msp_rules.hooks.contract import HOOK_RULES
from msp_rules.intake.live_event_schema import message_type
from msp_rules.prompts.adapter_round import Change
from msp_rules.prompts.conformance.disturbances import (
    KILLED,
    Disturbance,
    DisturbedSeen,
    Trial,
)
from msp_rules.prompts.conformance.feedback_check import form_problems
from msp_rules.prompts.conformance.report import CheckResult, CheckStatus
from msp_rules.prompts.conformance.sandbox import Walk, unpacked
from msp_rules.prompts.conformance.walks import (
    Acknowledged,
    AcknowledgedCases,
    FindSeen,
    FoundCase,
    Message,
    Shown,
    ShowSeen,
    StepFault,
)

MOST_FINDINGS: Final = 8
"""The number of findings of a check that are listed; the others are counted."""
SHARE_OF_LIMIT: Final = 5
"""A hook may take a fifth of the time after which it is set aside: there are slow days."""

_TWICE: Final = (
    "find again",
    "acknowledge",
    "acknowledge again",
    "refuse",
    "find after half",
    "find after all",
)
_CANNOT_FORK: Final = "this system can't fork processes"
_SENT_TWICE: Final = ("send again", "send nothing")


def result(
    name: str, asks: str, examined: str, findings: Iterable[str], *, applies: bool = True
) -> CheckResult:
    """Makes the result of a check: failed where there is any finding."""
    found = list(dict.fromkeys(findings))
    if len(found) > MOST_FINDINGS:
        found[MOST_FINDINGS:] = [f"and {len(found) - MOST_FINDINGS} more"]
    status = CheckStatus.FAILED if found else CheckStatus.PASSED
    if not applies and not found:
        status = CheckStatus.NOT_APPLICABLE
    return CheckResult(
        name=name, asks=asks, status=status, examined=examined, findings=tuple(found)
    )


def of_all(found: Iterable[Sequence[Message]]) -> list[Message]:
    """Joins what was found in several sources."""
    return [message for one in found for message in one]


def schema(seen: FindSeen, problems: Sequence[str]) -> CheckResult:
    """Checks that all that is found are live events as the contract has them."""
    messages, cases = of_all(seen["found"]), of_all(seen["cases"])
    feedback = of_all(seen["feedback"])
    findings = _faults_beside(seen["faults"], *_TWICE) + list(problems)
    findings += form_problems(feedback)
    if not (messages or cases):
        findings.append("the samples hold no event: msp_samples must give sources with some")
    counted = (
        f"{len(messages)} events and {len(cases)} cases" if cases else f"{len(messages)} events"
    )
    if feedback:
        counted += f" and {len(feedback)} answers of workers"
    examined = f"{counted} of {seen['sources']} sample sources"
    return result(
        "schema", "are the events that it finds live events of the contract?", examined, findings
    )


def idempotency(seen: FindSeen, shown: ShowSeen) -> CheckResult:
    """Checks that the same input, found or received again, gives the same result."""
    messages = of_all(seen["found"])
    findings = _faults_of(seen["faults"], *_TWICE) + _faults_of(shown["faults"], *_SENT_TWICE)
    if messages != of_all(seen["found_again"]):
        findings.append(
            "found again, the events differ: source, id and content must come from the record, "
            "not from the clock, a counter or chance"
        )
    bodies: dict[tuple[str, str], set[bytes]] = {}
    for message in messages:
        bodies.setdefault(_key_of(message), set()).add(_bytes(message))
    if any(len(one) > 1 for one in bodies.values()):
        findings.append("two different events have the same source and id")
    cases = of_all(seen["cases"])
    if _undated(cases) != _undated(of_all(seen["cases_again"])):
        findings.append("found again, the cases differ, in more than `at`")
    if of_all(seen["feedback"]) != of_all(seen["feedback_again"]):
        findings.append("found again, what workers said differs: its id must come from the record")
    if any(seen.get("feedback_left", ())):
        findings.append("what workers said keeps being found once it was acknowledged")
    for one in seen.get("acknowledged", ()):
        findings += _acknowledged(one)
    for each in seen.get("acknowledged_cases", ()):
        findings += _acknowledged_cases(each)
    shown_each_time = shown.get("shown")
    if shown_each_time and shown_each_time[1] != shown_each_time[2]:
        findings.append("sent the same changes again, it shows something else")
    examined = f"{len(messages)} events found twice"
    if cases:
        examined += f", and {len(cases)} cases"
    if "acknowledged" in seen or "acknowledged_cases" in seen:
        examined += ", acknowledged in two parts"
    if shown_each_time:
        examined += ", every change sent twice"
    return result(
        "idempotency", "does the same input twice give the same result?", examined, findings
    )


def _acknowledged(seen: Acknowledged) -> Iterator[str]:
    found = seen["found"]
    rest = found[(len(found) + 1) // 2 :]
    after = [_bytes(one) for one in seen["after_half"]]
    again = {_key_of(one) for one in seen["after_half"]}
    if again & {_key_of(one) for one in found[: -len(rest)]}:
        yield "an event that was acknowledged is found again"
    if any(_bytes(one) not in after for one in rest):
        yield "once others were acknowledged, an event is lost or looks different"
    if seen["after_all"]:
        yield "events that were refused keep being found"


def _acknowledged_cases(seen: AcknowledgedCases) -> Iterator[str]:
    found = seen["found"]
    half, others = found[: (len(found) + 1) // 2], found[(len(found) + 1) // 2 :]
    again = {one.get("id") for one in seen["after_half"]}
    if again & {one.get("id") for one in half}:
        yield "a case that was acknowledged, and has not changed, is found again"
    if not _undated(others) <= _undated(seen["after_half"]):
        yield "once others were acknowledged, a case is lost or looks different"
    if seen["after_all"]:
        yield "cases that were refused, and have not changed, keep being found"


def rendering(cards: Sequence[object], shown: ShowSeen) -> CheckResult:
    """Checks that it renders any number of cards, and the same cards in the same way."""
    findings = _faults_of(shown["faults"], "render")
    rendered = shown.get("rendered")
    if rendered is not None and rendered["all"] != rendered["again"]:
        findings.append("rendered again, the same cards look different")
    has_hook = rendered is not None
    examined = f"{len(cards)} cards, one, and none" if has_hook else "it has no msp_render_cards"
    asks = "can it render many cards, one, and none?"
    return result("rendering", asks, examined, findings, applies=has_hook)


def ordering(changes: Sequence[Change], shown: ShowSeen) -> CheckResult:
    """Checks that the order in which changes come makes no difference."""
    findings = _faults_beside(shown["faults"], "render", "time", *_SENT_TWICE)
    asks = "does a change that comes late leave newer ones alone?"
    shown_each_time = shown.get("shown")
    if not shown_each_time or shown_each_time[0] is None:
        examined = "it has no msp_receive_changes with msp_shown_prompts"
        if shown_each_time:
            findings.append("it takes changes: give msp_shown_prompts, so that they can be checked")
        return result("ordering", asks, examined, findings, applies=False)
    half = len(changes) // 2
    for what, sent, seen_after in (
        ("half of the changes were sent", changes[:half], shown_each_time[0]),
        ("all changes were sent", changes, shown_each_time[1]),
        ("old changes came again after newer ones", changes, shown_each_time[2]),
        ("the changes came newest first", changes, shown["shown_in_reverse"]),
    ):
        if _places(seen_after) != _standing(sent):
            findings.append(f"after {what}, the prompts shown are not the open ones")
    examined = f"{len(changes)} changes in order, again, and the newest first"
    return result("ordering", asks, examined, findings)


def crash(
    walk: Walk[DisturbedSeen] | None, seen: FindSeen, changes: Sequence[Change]
) -> CheckResult:
    """Checks that a crash at any line loses nothing, and that the next round makes up for it."""
    asks = "when it is killed at any line of its code, is nothing lost or repeated?"
    if walk is None:
        return result("crash", asks, _CANNOT_FORK, (), applies=False)
    if walk.seen is None:
        return result("crash", asks, "rounds that are killed", [walk.ended])
    whole, trials = walk.seen["whole"], walk.seen["trials"].get(Disturbance.KILLED, [])
    killed = sum(one["ended"] == KILLED for one in trials)
    examined = f"{killed} rounds killed at {walk.seen['lines']} different lines"
    findings = [f"undisturbed: {fault}" for fault in whole.get("faults", ())]
    if not trials:
        findings.append("an undisturbed round did not finish")
    findings += _lost(trials, "after a crash, ", seen, changes)
    return result("crash", asks, examined, findings)


def clock(
    walk: Walk[DisturbedSeen] | None, seen: FindSeen, changes: Sequence[Change]
) -> CheckResult:
    """Checks that what a desk with a wrong clock postponed comes again."""
    asks = "when a wrong clock lets the desk take nothing in, does all come again?"
    trials = _trials(walk, Disturbance.POSTPONED)
    findings = _lost(trials, "after a round with a wrong clock, ", seen, changes)
    return result("clock", asks, _examined(walk, trials), findings, applies=bool(trials))


def slow(
    walk: Walk[DisturbedSeen] | None, seen: FindSeen, changes: Sequence[Change]
) -> CheckResult:
    """Checks that a call that took too long, and was asked to end, loses nothing."""
    asks = "when it took too long and is asked to end, at any line, is nothing lost?"
    trials = _trials(walk, Disturbance.CANCELLED)
    findings = _lost(trials, "after a call that was asked to end, ", seen, changes)
    return result("slow", asks, _examined(walk, trials), findings, applies=bool(trials))


def failing(
    walk: Walk[DisturbedSeen] | None, seen: FindSeen, changes: Sequence[Change]
) -> CheckResult:
    """Checks that what its host could not take or give is not passed over."""
    asks = "when its host fails at any line, does it say so, and does all come again?"
    trials = _trials(walk, Disturbance.FAILED)
    findings = _lost(trials, "after its host failed, ", seen, changes)
    return result("failing", asks, _examined(walk, trials), findings, applies=bool(trials))


DISTURBED: Final = (crash, clock, slow, failing)
"""The checks of rounds that were disturbed."""


def _trials(walk: Walk[DisturbedSeen] | None, kind: Disturbance) -> list[Trial]:
    return [] if walk is None or walk.seen is None else walk.seen["trials"].get(kind, [])


def _examined(walk: Walk[DisturbedSeen] | None, trials: Sequence[Trial]) -> str:
    return _CANNOT_FORK if walk is None else f"{len(trials)} rounds, each followed by a whole one"


def _lost(
    trials: Iterable[Trial], where: str, seen: FindSeen, changes: Sequence[Change]
) -> Iterator[str]:
    """Names what is wrong after a disturbed round and the whole one that followed."""
    expected = {_bytes(one) for one in of_all(seen["found"])}
    expected_cases = _undated(of_all(seen["cases"]))
    answers = {_bytes(one) for one in of_all(seen["feedback"])}
    right = _standing(changes)
    for trial in trials:
        if "second" in trial:
            yield where + trial["second"]
            continue
        yield from (where + fault for fault in trial["faults"])
        if not expected <= {_bytes(one) for one in trial["taken"]}:
            yield where + "an event is lost that the desk had not received"
        if not expected_cases <= _undated(trial["cases"]):
            yield where + "a case is lost that the desk had not received"
        if not answers <= {_bytes(one) for one in trial["feedback"]}:
            yield where + "an answer of a worker is lost that the desk had not heard"
        if any(one is not None and _places(one) != right for one in trial["shown"]):
            yield where + "the prompts shown are not the open ones"


def latency(shown: ShowSeen) -> CheckResult:
    """Checks that its hooks are quick enough for a worker who waits for the screen."""
    findings = _faults_of(shown["faults"], "time")
    parts = []
    for hook, times in shown["times"].items():
        # Of so many calls one may be slow by chance: the second slowest counts.
        slow, limit = times[-2:][0], HOOK_RULES[hook].limits.seconds * 1000 / SHARE_OF_LIMIT
        parts.append(f"{hook}: median {times[len(times) // 2]:.2f} ms, slow {slow:.2f} ms")
        if slow > limit:
            findings.append(
                f"{hook} takes {slow:.0f} ms; {limit:.0f} ms would be well within its limit"
            )
    asks = "does it answer well within its limits?"
    return result("latency", asks, "; ".join(parts) or "no hook", findings, applies=bool(parts))


def privacy(
    seen: FindSeen,
    messages: Sequence[Message],
    shown: ShowSeen,
    output: bytes,
    prompts: Sequence[Change],
    canary: str,
    vocabulary: Vocabulary,
) -> CheckResult:
    """Checks that free text stays in the text fields of events: nowhere else does it turn up.

    `messages` are the events that it found, those of whole cases too; `output` is all that it
    printed or logged.
    """
    marked, unmarked = _text_fields(messages, canary, vocabulary)
    findings = [f"the sample has free text without the canary in {name}" for name in unmarked]
    if not marked:
        findings.append("no free-text field of the samples holds the canary: nothing was checked")
    mark = canary.encode()
    outside: list[object] = [{**one, "data": None} for one in messages]
    outside += [{name: one.get(name) for name in ("id", "at")} for one in of_all(seen["cases"])]
    rendered = shown.get("rendered", {}).values()
    places: dict[str, object] = {
        "the attributes of an event, which carriers log": outside,
        "a code, id or date of an event": [_without_text(one, vocabulary) for one in messages],
        "what workers said": of_all(seen["feedback"]),
        "rendered cards": [_unpacked(value) for value in rendered],
        "what is shown": [shown.get("shown"), shown.get("shown_in_reverse")],
        "a prompt": list(prompts),
        "a fault": [seen["faults"], shown["faults"], seen["said_of_broken_sources"]],
    }
    for place, value in places.items():
        if mark in _bytes(value):
            findings.append(f"the canary is in {place}")
    if mark in output:
        findings.append("the canary is in what it prints or logs (also at level DEBUG)")
    examined = f"the canary in {', '.join(sorted(marked)) or 'no field'}; with broken sources, too"
    return result("privacy", "does free text stay where it belongs?", examined, findings)


def _text_fields(
    messages: Iterable[Message], canary: str, vocabulary: Vocabulary
) -> tuple[set[str], list[str]]:
    """Names the text fields of events that hold the canary, and those that hold another text."""
    marked: set[str] = set()
    unmarked: list[str] = []
    for message in messages:
        for name, value in _texts(message, vocabulary):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one:
                    if canary in one:
                        marked.add(name)
                    else:
                        unmarked.append(name)
    return marked, unmarked


def _texts(message: Message, vocabulary: Vocabulary) -> list[tuple[str, object]]:
    types = {message_type(name): kind for name, kind in vocabulary.events.items()}
    kind, data = types.get(str(message.get("type"))), message.get("data")
    if kind is None or not isinstance(data, dict):
        return []
    return [
        (f"{kind.name}.{name}", data[name])
        for name, field in kind.fields.items()
        if field.kind is FieldKind.TEXT and name in data
    ]


def _without_text(message: Message, vocabulary: Vocabulary) -> object:
    data = message.get("data")
    texts = {name.partition(".")[2] for name, _ in _texts(message, vocabulary)}
    if not isinstance(data, dict):
        return data
    return {name: value for name, value in data.items() if name not in texts}


def _unpacked(value: object) -> object:
    """Gives a rendered document as text: bytes came packed."""
    if isinstance(value, dict) and set(value) == {"bytes"}:
        packed = unpacked(value)
        return packed.decode("utf-8", "replace") if isinstance(packed, bytes) else packed
    return value


def _standing(changes: Iterable[Change]) -> dict[object, tuple[object, object]]:
    """Gives, for each prompt to show after some changes, its case and revision."""
    newest: dict[str, Change] = {}
    for change in changes:
        old = newest.get(change["prompt"])
        if old is None or old["revision"] < change["revision"]:
            newest[change["prompt"]] = change
    return {
        name: (one["case"], one["revision"])
        for name, one in newest.items()
        if one["kind"] != "withdrawn"
    }


def _places(shown: Shown) -> dict[object, tuple[object, object]]:
    return {one.get("prompt"): (one.get("case"), one.get("revision")) for one in shown or ()}


def _faults_of(faults: Sequence[StepFault], *steps: str) -> list[str]:
    return [f"{one['step']}: {one['fault']}" for one in faults if one["step"] in steps]


def _faults_beside(faults: Sequence[StepFault], *steps: str) -> list[str]:
    """Gives the faults of all other steps: so that some check reports each of them."""
    return _faults_of(faults, *{one["step"] for one in faults} - set(steps))


def _undated(cases: Sequence[FoundCase]) -> set[bytes]:
    """Gives cases without the moment at which the host made them, which may be that of asking."""
    return {_bytes({**one, "at": None}) for one in cases}


def _key_of(message: Mapping[str, object]) -> tuple[str, str]:
    return str(message.get("source")), str(message.get("id"))


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
