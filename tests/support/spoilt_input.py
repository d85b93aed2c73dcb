"""Messages and snapshots with something in them that nobody means."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    *(None, "", " ", [], {}, True, False, 0, -1, 2.5, 1e300, 1e400, float("nan"), 10**30, 10**5000),
    *("0001-01-01T00:00:00", "1753-01-01", "9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59Z"),
    *("2026-02-30", "2026-03-29T01:30:00", "2026-01-05t10:15:00z", "2026-01-05T10:00:00+25:00"),
    *(
        "x" * 300,
        "x" * 70_000,
        "\0",
        "\ud800",
        "\u202e",
        "2.0",
        "yes",
        "e1",
        "SA-2",
        "concern_raised",
    ),
    *(["a", None], ["a"] * 3, [["a"]], {"a": {"b": []}}, {"withheld": True}, {"withheld": "x"}),
    *({1: 2}, {"": 1}, {"\0": 1}, (1,), b"x", bytearray(b"{}"), object(), Decimal("1.5")),
    *({"x"}, iter("ab"), timedelta(1), date(1, 1, 1), 10**17, "explanation", ["e1", "e2"]),
)
_NAMES: Final = (
    *("says", "void", "supersedes", "recorded", "occurred", "first_seen", "unreadable"),
    *("uncertain", "id", "at", "type", "schema", "adult", "data", "subject", "time", "source"),
)
_ENVELOPES: Final = Path(__file__).parents[1] / "data" / "envelopes.json"


def spoilt(value: Any, chance: random.Random) -> Any:
    """Copies a value with one part of it replaced by something odd, put elsewhere or left out."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.15:
        return chance.choice(ODD)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        if chance.random() < 0.1:
            return [*value, value[place]]
        return [spoilt(one, chance) if at == place else one for at, one in enumerate(value)]
    name = chance.choice([*value, *value, chance.choice(_NAMES)])
    if name in value and chance.random() < 0.2:
        return {key: one for key, one in value.items() if key != name}
    if chance.random() < 0.1:
        return {**value, name: value[chance.choice([*value])]}
    return {**value, name: spoilt(value.get(name), chance)}


def spoilt_text(document: Any, chance: random.Random) -> bytes | str:
    """Writes a document as JSON with a few bytes changed, or broken off."""
    text = bytearray(json.dumps(document).encode())
    for _ in range(chance.randint(0, 4)):
        text[chance.randrange(len(text))] = chance.randrange(256)
    if chance.random() < 0.2:
        del text[chance.randrange(len(text)) :]
    return bytes(text) if chance.random() < 0.7 else text.decode("utf-8", "surrogateescape")


def spoilt_once(document: Any, chance: random.Random) -> Any:
    """Spoils a document in one to three places, as JSON or as what JSON holds."""
    if chance.random() < 0.25:
        return spoilt_text(document, chance)
    for _ in range(chance.choice((1, 1, 2, 3))):
        document = spoilt(document, chance)
    return document


def spoilt_messages(count: int, seed: int) -> Iterator[Any]:
    """The envelopes of the corpus, each spoilt; twenty in a row are of one case."""
    chance = random.Random(seed)
    bodies = [one["body"] for one in json.loads(_ENVELOPES.read_bytes())["envelopes"]]
    documents = [
        json.loads(one.removeprefix("\ufeff").replace("NaN", "1"))
        for one in bodies
        if one.startswith("{") and one.endswith("}")
    ]
    for number in range(count):
        document = copy.copy(chance.choice(documents))
        if "subject" in document:
            document["subject"] = f"SA-{number // 20}"
        yield spoilt_once(document, chance)


def spoilt_snapshots(documents: list[Any], count: int, seed: int) -> Iterator[Any]:
    """Snapshots of cases, each spoilt; twenty in a row are of one case."""
    chance = random.Random(seed)
    for number in range(count):
        document = documents[number // 20 % len(documents)]
        yield spoilt_once({**document, "id": f"SA-{number // 20}"}, chance)


def spoilt_says(chance: random.Random) -> Any:
    """What a snapshot is to say: mostly nothing, else words, and things that are none."""
    if chance.random() < 0.7:
        return None
    words = ("concern_raised", "outcomes_conversation.asked", "outcome_expressed", "explanation")
    return chance.choice(([chance.choice(words)], list(words), (), [chance.choice(ODD)], "case", 7))
