"""Holds the sentences that evaluate a case, and that say what the rules must then answer.

A step that the rules contradict raises AssertionError; one that names something unknown raises
StepRefused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher

from msp_rules.casework.moments import in_words
from msp_rules.engine.verdict import Answer, Verdict
from msp_rules.gherkin.days import StepRefused, read_day, read_moment
from msp_rules.gherkin.names import code_of, event_type
from msp_rules.gherkin.sentence import Blanks, Kind, Sentence, Table
from msp_rules.gherkin.story import Story, listed
from msp_rules.rules.language.wording import spaced


def answer_sentences() -> tuple[Sentence, ...]:
    """Gives the sentences, in the order in which the page lists them."""
    return (
        Sentence(
            kind=Kind.WHEN,
            words="the case is looked at on DAY, while EVENT is being recorded",
            means="so, at that step of the work: what is asked there counts as asked",
            run=_evaluate,
        ),
        Sentence(
            kind=Kind.WHEN,
            words="the case is looked at on DAY",
            means="the rules answer as things stood at the end of that day, or at its time; what "
            "is asked is what the page of the case asks",
            run=_evaluate,
        ),
        _then(
            "RULE is VERDICT",
            "what the rule answers; where it answers about several entries, they agree (apart "
            "from those to which it does not apply)",
            _verdict,
        ),
        _then(
            "RULE is VERDICT for NAME",
            "what the rule answers about the entry of that id",
            _verdict_for,
        ),
        _then(
            "RULE cannot be told",
            "the record can't say: its source never supplies what is asked for, or a value can't "
            "be read",
            _cannot_tell,
        ),
        _then("RULE is due on DAY", "the day by which the rule expects its record", _due),
        _then("RULE is switched off", "the rule is not evaluated on that day", _is_off),
        _then(
            "RULE is waived by NAME",
            "the rule's finding stands, and that waiver sets it aside",
            _waived_by,
        ),
        _then("RULE is not waived", "no waiver sets the rule's finding aside", _not_waived),
        _then(
            "RULE is left out by NAME",
            "the rule does not apply because of that filter",
            _left_out,
        ),
        _then(
            "the worker is asked QUESTION",
            'the desk asks this question at that moment and step (docs/prompts.md, "What a view '
            'shows"), shown at once or held back for want of room; a waiver silences no question',
            _asked,
        ),
        _then(
            "the worker is not asked QUESTION",
            "the desk does not ask this question then and there",
            _not_asked,
        ),
        _then(
            "the worker is asked about RULE",
            "the desk asks the question of that rule at that moment and step",
            _asked_about,
        ),
        _then(
            "the worker is not asked about RULE",
            "the desk does not ask the question of that rule then and there",
            _not_asked_about,
        ),
        _then(
            "the worker is interrupted about RULE",
            "its question is the one that interrupts: critical, and the most pressing",
            _interrupted,
        ),
        _then(
            "nothing is missing",
            "no rule finds anything missing, and the desk asks nothing at that moment and step",
            _nothing_missing,
        ),
    )


def _then(words: str, means: str, run: Callable[[Story, Blanks, Table], None]) -> Sentence:
    return Sentence(kind=Kind.THEN, words=words, means=means, run=run)


def _evaluate(story: Story, blanks: Blanks, _: Table) -> None:
    words = blanks.get("event")
    step = None if words is None else event_type(words, story.rules.vocabulary).name
    story.evaluate(read_moment(blanks["day"]), step)


def _verdict(story: Story, blanks: Blanks, _: Table) -> None:
    rule, found = _answers(story, blanks)
    _expect_verdict(rule, found, blanks)


def _cannot_tell(story: Story, blanks: Blanks, table: Table) -> None:
    _verdict(story, {**blanks, "verdict": Verdict.CANNOT_TELL.value}, table)


def _verdict_for(story: Story, blanks: Blanks, _: Table) -> None:
    rule, found = _answers(story, blanks)
    of_one = tuple(one for one in found if one.subject == blanks["name"])
    if not of_one:
        subjects = ", ".join(str(one.subject) for one in found)
        raise StepRefused(f'{rule} answers for {subjects}, not for "{blanks["name"]}"')
    _expect_verdict(rule, of_one, blanks)


def _due(story: Story, blanks: Blanks, _: Table) -> None:
    rule, found = _answers(story, blanks)
    wanted = read_day(blanks["day"])
    dues = {date.fromordinal(one.due.cutoff.day) for one in found if one.due is not None}
    if dues != {wanted}:
        said = listed(in_words(day) for day in sorted(dues)) if dues else "no day"
        raise AssertionError(_expected(f"{rule}, due", in_words(wanted), said))


def _is_off(story: Story, blanks: Blanks, _: Table) -> None:
    rule, day = story.rules.rule_id(blanks["rule"]), story.evaluation_day()
    if story.rules.rule_on(rule, day).is_enabled:
        raise AssertionError(_expected(rule, "switched off", f"in force on {in_words(day)}"))


def _waived_by(story: Story, blanks: Blanks, _: Table) -> None:
    rule, found = _answers(story, blanks)
    names = {waiver.name for waiver in story.rules.ruleset.waivers}
    wanted = code_of(blanks["name"], names, "waiver")
    got = {one.waived[1] for one in found if one.waived is not None}
    if got != {wanted}:
        others = f"waived by {listed(sorted(got))}" if got else "not waived"
        raise AssertionError(_expected(rule, f'waived by "{wanted}"', others))


def _not_waived(story: Story, blanks: Blanks, _: Table) -> None:
    rule, found = _answers(story, blanks)
    for one in found:
        if one.waived is not None:
            got = f'waived by "{one.waived[1]}"'
            raise AssertionError(_expected(rule, "not waived", got))


def _left_out(story: Story, blanks: Blanks, _: Table) -> None:
    rule, _answer = _answers(story, blanks)
    names = {one.name for one in story.rules.ruleset.filters}
    wanted = code_of(blanks["name"], names, "filter")
    if (rule, wanted) not in {(one.rule, one.name) for one in story.filtered}:
        got = "that filter leaves nothing out of it here"
        raise AssertionError(_expected(rule, f'left out by "{wanted}"', got))


def _asked(story: Story, blanks: Blanks, _: Table) -> None:
    asked, question = story.asked_about(), _question(story, blanks)
    if question not in asked.values():
        raise AssertionError(_expected("the worker", f'asked "{question}"', _said(asked)))


def _not_asked(story: Story, blanks: Blanks, _: Table) -> None:
    asked, question = story.asked_about(), _question(story, blanks)
    for rule, summary in asked.items():
        if summary == question:
            raise AssertionError(_expected("the worker", "not asked that", f"asked it by {rule}"))


def _asked_about(story: Story, blanks: Blanks, _: Table) -> None:
    rule, asked = story.rules.rule_id(blanks["rule"]), story.asked_about()
    if rule not in asked:
        raise AssertionError(_expected("the worker", f"asked about {rule}", _said(asked)))


def _not_asked_about(story: Story, blanks: Blanks, _: Table) -> None:
    rule = story.rules.rule_id(blanks["rule"])
    if rule in story.asked_about():
        said = f'asked "{story.asked_about()[rule]}"'
        raise AssertionError(_expected("the worker", f"not asked about {rule}", said))


def _interrupted(story: Story, blanks: Blanks, _: Table) -> None:
    rule, got = story.rules.rule_id(blanks["rule"]), story.interrupting()
    if rule != got:
        said = "not interrupted" if got is None else f"interrupted about {got}"
        raise AssertionError(_expected("the worker", f"interrupted about {rule}", said))


def _nothing_missing(story: Story, _: Blanks, __: Table) -> None:
    missing, asked = story.found_missing(), story.asked_about()
    if missing:
        got = f"not evidenced: {listed(missing)}"
        raise AssertionError(_expected("the record", "nothing is missing", got))
    if asked:
        raise AssertionError(_expected("the worker", "asked nothing", _said(asked)))


def _said(asked: Mapping[str, str]) -> str:
    return f"asked about {listed(asked)}" if asked else "asked nothing"


def _expected(what: str, wanted: str, got: str) -> str:
    """Writes a contradiction: names of verdicts hold "not", so the two stand apart."""
    return f"{what}: expected: {wanted}; got: {got}"


def _answers(story: Story, blanks: Blanks) -> tuple[str, tuple[Answer, ...]]:
    """Gives the rule that a step names, with its answers; one that is switched off has none."""
    rule, day = story.rules.rule_id(blanks["rule"]), story.evaluation_day()
    if not story.rules.rule_on(rule, day).is_enabled:
        raise AssertionError(_expected(rule, "an answer", f"switched off on {in_words(day)}"))
    found = story.answers_of(rule)
    if not found:
        got = "none: nothing that it is about is recorded"
        raise AssertionError(_expected(rule, "an answer", got))
    return rule, found


def _expect_verdict(rule: str, found: tuple[Answer, ...], blanks: Blanks) -> None:
    wanted = code_of(blanks["verdict"], [one.value for one in Verdict], "verdict")
    verdicts = {one.verdict for one in found}
    if len(verdicts) > 1:
        each = listed(f'{spaced(one.verdict)} for "{one.subject}"' for one in found)
        raise AssertionError(f"{rule} is {each}: say of which, as in for {_quoted(found)}")
    got = next(iter(verdicts))
    if got != wanted:
        said = f"{spaced(got)}{_due_of(found)}"
        raise AssertionError(_expected(rule, spaced(wanted), said))


def _quoted(found: Iterable[Answer]) -> str:
    return f'"{next(iter(found)).subject}"'


def _due_of(found: Iterable[Answer]) -> str:
    dues = sorted({one.due.text for one in found if one.due is not None})
    return f" (due {', '.join(dues)})" if dues else ""


def _question(story: Story, blanks: Blanks) -> str:
    """Gives the question of a step, which some rule must ask: any other is a mistake."""
    ruleset = story.rules.ruleset.as_on(story.evaluation_day().toordinal())
    questions = [rule.prompt.summary for rule in ruleset.rules]
    text = blanks["question"]
    if text not in questions:
        near = max(questions, key=lambda one: _likeness(text, one), default="")
        raise StepRefused(f'no rule asks "{text}"; the nearest question is "{near}"')
    return text


def _likeness(text: str, question: str) -> float:
    """Compares a text with the beginning of a question: people leave its second half out."""
    whole = SequenceMatcher(None, text, question).ratio()
    return max(whole, SequenceMatcher(None, text, question[: len(text)]).ratio())
