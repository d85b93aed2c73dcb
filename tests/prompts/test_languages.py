"""Cards and views in other languages: every word that a card says can be said in another."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.prompts.card import EXTENSION, Card, card
from msp_rules.prompts.view import view
from msp_rules.rules import check_layers, load_layers
from msp_rules.rules.language.catalogue import fixed_words, words_of
from msp_rules.rules.language.rule import LanguageWords, Rule, Ruleset, RuleWords
from msp_rules.rules.language.wording import source_in_words
from tests.builders.layers import top_layer, write_base, write_overlay
from tests.support.core import core_ruleset
from tests.support.core_cards import VALIDATOR, prompts_of_core_examples
from tests.support.desk import Desk

PSEUDO = "qps-ploc"


def marked(text: str) -> str:
    """A text as a translator would leave it in brackets."""
    return f"⟦{text}⟧"


def pseudo_words(rule: Rule) -> RuleWords:
    return RuleWords(
        title=marked(rule.title),
        summary=marked(rule.prompt.summary[:130] + "?"),
        finding=marked(rule.finding),
        why=None if rule.why is None else marked(rule.why),
        counts=None if rule.counts is None else marked(rule.counts),
    )


def pseudo_ruleset() -> Ruleset:
    """The core as a language would have it in which every word is in brackets."""
    core = core_ruleset()
    words = LanguageWords(
        language=PSEUDO,
        rules={rule.id: pseudo_words(rule) for rule in core.rules},
        texts={text: marked(text) for text in fixed_words(core_vocabulary())},
        roles={code: marked(code) for code in core_vocabulary().enums["worker_role"]},
    )
    return replace(core, words=(words,))


def said_by(made: Card) -> list[str]:
    """Every text of a card that a worker reads, without the names of sources."""
    names = {source_in_words(source, core_ruleset()) for source in core_ruleset().sources}
    lines = [line for line in made["detail"].split("\n") if not _is_citation(line, names)]
    return [
        made["summary"],
        *lines,
        made["source"]["topic"]["display"],
        *(one["display"] for one in made["overrideReasons"]),
        *(one["label"] for one in made.get("suggestions", [])),
        *made["extension"][EXTENSION].get("role_names", []),
    ]


def _is_citation(line: str, names: set[str]) -> bool:
    return any(line.startswith(f"- {name}: ") for name in names)


def outside(text: str) -> str:
    """The letters of a text that stand in no brackets."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return "".join(sign for sign in text if sign.isalpha() or sign in "⟦⟧")


@pytest.mark.slow
def test_every_word_that_a_card_can_say_comes_from_a_catalogue() -> None:
    ruleset, asked = pseudo_ruleset(), set()
    # One of each kind: what a card says follows from these.
    kinds = {
        (one.key.rule, one.verdict, one.due is None, one.missing): one
        for one in prompts_of_core_examples()
    }

    for prompt in kinds.values():
        made = card(prompt, ruleset, language=PSEUDO)
        VALIDATOR.validate(made)
        assert [text for text in said_by(made) if outside(text)] == [], prompt.key
        asked.add(prompt.key.rule)

    assert asked == {rule.id for rule in core_ruleset().enabled_rules}


def test_the_test_sees_a_word_that_no_catalogue_has() -> None:
    ruleset = pseudo_ruleset()
    (words,) = ruleset.words
    lacking = {text: said for text, said in words.texts.items() if text != "Why we ask:"}
    made = card(
        Desk().prompt("ASK-01"),
        replace(ruleset, words=(replace(words, texts=lacking),)),
        language=PSEUDO,
    )

    assert [text for text in said_by(made) if outside(text)] == ["Why we ask:"]


WELSH = """\
roles: {team_manager: SAM}
links:
  - {rules: PL-01, label: Our outcomes form, url: "https://forms.example.org/1?a=b"}
  - {label: Our procedure, url: "https://procedure.example.org/"}
languages:
  - language: cy
    rules:
      PL-01: {revision: 1, summary: "A ofynnodd rhywun?", why: Dyma eu bywyd.}
    texts:
      "Due by {by}.": "Erbyn {by}."
      January: Ionawr
    roles: {worker: gweithiwr}
"""


@pytest.fixture(scope="module")
def welsh(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    folder = tmp_path_factory.mktemp("welsh")
    base = write_base(folder)
    overlay = write_overlay(folder, "town", top_layer(base), WELSH)
    layered, problems = check_layers(base, [overlay])
    assert problems == ()
    assert layered is not None
    return layered.ruleset


@pytest.mark.parametrize(
    ("asked", "found", "due"),
    [
        pytest.param("cy", "cy", "Erbyn {by}.", id="the language itself"),
        pytest.param("cy-GB", "cy", "Erbyn {by}.", id="a region of it"),
        pytest.param("CY", "cy", "Erbyn {by}.", id="in other case"),
        pytest.param("cyx", "en-GB", "Due by {by}.", id="another language"),
        pytest.param("en", "en-GB", "Due by {by}.", id="English"),
        pytest.param(None, "en-GB", "Due by {by}.", id="none"),
    ],
)
def test_a_language_is_looked_up_from_the_nearest_to_the_rulesets_own(
    welsh: Ruleset, asked: str | None, found: str, due: str
) -> None:
    words = words_of(welsh, asked)

    assert (words.language, words.say("Due by {by}.")) == (found, due)
    assert words.say("Not due yet.") == "Not due yet."


def started(ruleset: Ruleset) -> Desk:
    """The desk of a case whose enquiry has begun."""
    desk = Desk(Engine(ruleset, matcher="python"))
    body = {"id": "e9", "occurred": "2026-01-05T10:30", "kind": "s42"}
    desk.record("enquiry_started", body, "2026-01-05T10:30")
    return desk


def test_what_is_not_said_in_a_language_is_said_in_the_rulesets_own(welsh: Ruleset) -> None:
    prompt = started(welsh).prompt("PL-01")

    made, plain = card(prompt, welsh, language="cy-GB"), card(prompt, welsh)

    assert (made["summary"], plain["summary"]) == ("A ofynnodd rhywun?", "Has anyone asked?")
    assert "Erbyn 12 Ionawr 2026." in made["detail"]
    assert "Due by 12 January 2026." in plain["detail"]
    assert "Dyma eu bywyd." in made["detail"]
    assert made["source"] == plain["source"]
    routing = made["extension"][EXTENSION]
    assert (routing["language"], routing["role_names"]) == ("cy", ["gweithiwr"])
    assert "language" not in plain["extension"][EXTENSION]
    assert plain["extension"][EXTENSION]["role_names"] == ["worker"]
    labels = [one["label"] for one in made["links"]]
    assert labels == ["Our outcomes form", "Our procedure"]
    assert made["uuid"] == plain["uuid"]


def test_a_view_asks_in_the_words_of_a_language(welsh: Ruleset) -> None:
    state = started(welsh).state

    here = view(state, step="concern_raised", role="worker", words=words_of(welsh, "cy"))

    assert "A ofynnodd rhywun?" in [prompt.summary for prompt in here.shown]


def test_the_core_alone_says_a_card_as_it_did() -> None:
    made = card(Desk().prompt("ASK-01"), core_ruleset())

    assert "role_names" not in json.dumps(made)
    assert "links" not in made


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("language: cy", "language: Welsh!", '13:15: a language is a tag such as "cy" or "pl-PL"'),
        ("Erbyn {by}.", "Erbyn hynny.", "17:23: it must hold {by}, as the key"),
        ("Due by {by}.", "Due at {by}.", '17:7: unknown text of a card "Due at {by}."; did you '),
        ("{team_manager: SAM}", "{manger: SAM}", '8:9: unknown role "manger"; '),
        ("https://procedure", "procedure", "11:33: write the whole address, as in https://www."),
        ("PL-01: {revision", "PL-1: {revision", '15:7: unknown rule "PL-1"; did you mean "PL-01"?'),
        (
            "revision: 1, summary",
            "revision: 2, summary",
            "15:25: warning: these words in cy were written for revision 2 of PL-01, which is at 1",
        ),
        ("A ofynnodd rhywun?", "Gofynnwch", "15:37: the summary must be a question"),
    ],
)
def test_a_mistake_in_words_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in WELSH
    base = write_base(tmp_path)
    overlay = write_overlay(tmp_path, "town", top_layer(base), WELSH.replace(old, new, 1))

    found = [str(one) for one in check_layers(base, [overlay])[1]]

    assert len(found) == 1
    assert found[0].startswith(f"town.yaml:{message}")


def test_words_of_another_revision_stand_back_in_every_language(tmp_path: Path) -> None:
    base = write_base(tmp_path)
    text = WELSH.replace("revision: 1", "revision: 2")
    overlay = write_overlay(tmp_path, "town", top_layer(base), text)

    words = words_of(load_layers(base, [overlay]).ruleset, "cy")

    assert words.of_rule("PL-01", "summary", "own") == "own"
    assert words.say("January") == "Ionawr"
