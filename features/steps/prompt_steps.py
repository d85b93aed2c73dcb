"""What a worker is asked, where and when, and what they say to it."""

from datetime import date
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from features.steps.short_names import RULES
from msp_rules.casework.moments import at_instant, iso_date, parse_as_of, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.gherkin.story import Story
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import hear, needs_of
from msp_rules.prompts.prompt import DeskState, Feedback, FeedbackKind, Prompt, PromptState
from msp_rules.prompts.view import View, view

STEPS = {
    "recording a concern": "concern_raised",
    "closing the case": "case_closed",
    "the page of the case": None,
}
LACKS = {"a reason": "reason", "words": "words", "a review date": "review_by"}
QUESTION = r'the question of "(?P<title>[^"]+)"'


class Desk:
    """A case system that keeps the events of a story and asks the desk day by day."""

    def __init__(self, engine: Engine, story: Story) -> None:
        self.engine = engine
        self.story = story
        self.state = DeskState(case=story.case().id)
        self.view: View | None = None
        self.reason: tuple[str, dict[str, Any]] | None = None
        self.said = 0
        self.needs: tuple[str, ...] = ()

    def look(self, day: str) -> None:
        """The desk sees the case as it was told so far, at the end of a day."""
        case = self.story.case()
        self.state = advance(self.engine, case, self.state, parse_as_of(day)).state

    def prompt(self, title: str) -> Prompt:
        """The one prompt of a rule that stands."""
        found = [one for one in self.state.standing if one.key.rule == RULES[title]]
        assert len(found) == 1
        return found[0]

    def say(self, title: str, kind: FeedbackKind, day: str, **more: Any) -> None:
        """A worker says something to a question on a day."""
        self.look(day)
        self.said += 1
        prompt = self.prompt(title)
        feedback = Feedback(
            id=f"f{self.said}",
            key=prompt.key,
            generation=prompt.generation,
            kind=kind,
            at=parse_moment(f"{day}T23:00"),
            role="worker",
            **more,
        )
        self.needs = needs_of(self.engine.ruleset, prompt, feedback)
        heard = hear(self.engine.ruleset, self.state, feedback)
        self.state = heard.state
        if heard.explanation is not None:
            # The host keeps the worker's own words; the desk never saw them.
            self.reason = (
                "explanation",
                {
                    "id": heard.explanation.id,
                    "occurred": date.fromisoformat(day),
                    "text": "As noted.",
                    "rule": heard.explanation.fields["rule"],
                    "subject": heard.explanation.fields["subject"],
                    "code": heard.explanation.fields["code"],
                    "review_by": more["review_by"].date,
                },
            )

    @property
    def shown(self) -> set[str]:
        """The rules whose questions the view shows."""
        assert self.view is not None
        return {prompt.key.rule for prompt in self.view.shown}


@pytest.fixture
def desk(msp_story: Story) -> Desk:
    return Desk(msp_story.rules.engine, msp_story)


@given(parsers.re(rf"on (?P<day>\S+) {QUESTION} was shown$"))
def shown(desk: Desk, day: str, title: str) -> None:
    desk.say(title, FeedbackKind.SHOWN, day)


@given(parsers.re(rf"on (?P<day>\S+) the worker took on {QUESTION}$"))
def taken_on(desk: Desk, day: str, title: str) -> None:
    desk.say(title, FeedbackKind.ACKNOWLEDGED, day)


@given(parsers.re(rf"on (?P<day>\S+) the worker put off {QUESTION} until (?P<until>\S+)$"))
def put_off(desk: Desk, day: str, title: str, until: str) -> None:
    desk.say(title, FeedbackKind.DEFERRED, day, until=parse_moment(until))


@given(
    parsers.re(
        rf"on (?P<day>\S+) the worker overruled {QUESTION} as (?P<reason>[a-z ]+)"
        r"(?:, to be reviewed by (?P<review_by>\S+)|(?P<bare>, without words))?$"
    )
)
def overruled(  # noqa: PLR0913 - the parts of one sentence
    desk: Desk, day: str, title: str, reason: str, review_by: str | None, bare: str | None
) -> None:
    desk.say(
        title,
        FeedbackKind.OVERRIDDEN,
        day,
        code=reason.replace(" ", "_"),
        has_text=bare is None,
        review_by=parse_moment(review_by) if review_by else None,
    )


@given(
    parsers.re(r'on (?P<day>\S+) (?:the worker|a colleague) promised to record "(?P<title>[^"]+)"$')
)
def promised(desk: Desk, day: str, title: str) -> None:
    desk.say(title, FeedbackKind.ACCEPTED, day)


@given(parsers.parse("that reason was {written}"))
def reason_written(desk: Desk, msp_story: Story, written: str) -> None:
    assert desk.reason is not None
    if written == "put into the record":
        msp_story.tell(*desk.reason)


@given(parsers.parse("on {day} that entry turned out to be an error"))
def entered_in_error(desk: Desk, msp_story: Story, day: str) -> None:
    desk.look(day)
    last = msp_story.entries.pop()
    msp_story.tell(last.type, {**last.fields, "void": "yes"}, last.when)


@when(
    parsers.re(
        r"an? (?P<role>worker|advocate) comes to "
        rf"(?P<step>{'|'.join(STEPS)}) on (?P<day>\S+)$"
    )
)
def comes_to_a_step(desk: Desk, role: str, step: str, day: str) -> None:
    desk.look(day)
    desk.view = view(desk.state, step=STEPS[step], role=role)


@then(parsers.re(rf"{QUESTION} is (?P<there>there|not there)$"))
def question_is_there(desk: Desk, title: str, there: str) -> None:
    assert (RULES[title] in desk.shown) is (there == "there")


@then(parsers.re(rf"{QUESTION} stops the worker$"))
def stops(desk: Desk, title: str) -> None:
    assert desk.view is not None
    assert [prompt.key.rule for prompt in desk.view.interrupting] == [RULES[title]]


@then(parsers.re(rf"{QUESTION} stands beside$"))
def stands_beside(desk: Desk, title: str) -> None:
    assert desk.view is not None
    assert desk.view.interrupting == ()
    assert RULES[title] in {prompt.key.rule for prompt in desk.view.passive}


@then(parsers.parse("{number:d} questions stand beside"))
def number_beside(desk: Desk, number: int) -> None:
    assert desk.view is not None
    assert len(desk.view.passive) == number


@then(parsers.parse("{number:d} question is held back for later"))
def number_held_back(desk: Desk, number: int) -> None:
    assert desk.view is not None
    assert len(desk.view.held_back) == number


@then(parsers.parse('it can be seen that "{title}" was promised until {day}'))
def seen_as_promised(desk: Desk, title: str, day: str) -> None:
    assert desk.view is not None
    (prompt,) = (one for one in desk.view.answered if one.key.rule == RULES[title])
    assert (prompt.state, prompt.until is None) == (PromptState.PROMISED, False)
    assert iso_date(at_instant(prompt.until or 0).day) == day


@then(parsers.parse("the worker hears that it lacks {what}"))
def hears_what_it_lacks(desk: Desk, what: str) -> None:
    assert desk.needs == tuple(LACKS[one] for one in what.split(" and "))


@then("nothing is asked")
def nothing_asked(desk: Desk) -> None:
    assert desk.shown == set()
