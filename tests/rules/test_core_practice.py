"""What practitioners asked of the core rules, row by row: the examples that hold both sides of it.

The examples themselves are run with their rules. Here it is kept which of them answers which row,
so that none is lost or turned unseen. Where docs/readings.md decided otherwise than the row asked,
the example holds the reading.
"""

from __future__ import annotations

from typing import Final

import pytest

from msp_rules.rules import shipped_ruleset
from msp_rules.rules.folder import read_companions
from msp_rules.rules.language.rule import Basis
from msp_rules.yaml_source.nodes import Problems
from tests.support.core import core_ruleset

Examples = dict[str, dict[str, str]]
"""Of each rule: the names of examples, each with the verdict that it expects."""

UNFAIR_OR_UNSAFE: Final[dict[str, Examples]] = {
    "an adult's own words are enough, whatever was found about capacity": {
        "ASK-04": {
            "the adult's own answer": "met",
            "the advocate's contribution": "met",
            "a representative asked and wishes recorded": "met",
            "closed, a representative asked but no wishes": "partly_met",
            "closed, and nobody asked": "not_met",
            "explained by adult_declined": "explained",
            "explained by not_reachable": "explained",
            "explained by unsafe": "explained",
        },
    },
    "lacking capacity is about one kind of decision": {
        "ASK-04": {
            "the adult says what she wants, with capacity for money lacking": "not_applicable",
            "lacks capacity for taking part, and found to have capacity for money later": "not_met",
        },
        "CON-03": {
            "lacking capacity for taking part": "not_applicable",
            "lacking capacity for money leaves a refusal of the enquiry as it is": "not_met",
        },
        "ADV-02": {
            "declined, and the adult lacks capacity for taking part": "not_met",
            "declined, and the adult lacks capacity for money": "explained",
        },
        "ADV-03": {
            "the adult does not agree and lacks capacity": "met",
            "the adult does not agree and lacks capacity for money": "not_met",
        },
        "MCA-04": {
            "a plan, and the adult lacks capacity for a protective measure": "not_met",
            "a plan, and the adult lacks capacity for money": "not_applicable",
        },
        "SPC-02": {
            "a choice, but the newest assessment says that capacity is lacking": "partly_met",
            "an informed choice, and the adult lacks capacity for money": "explained",
        },
    },
    "a doubt is answered about the decision that was doubted, and an adult may refuse": {
        "MCA-02": {
            "a doubt about taking part is not answered by an assessment about money": "not_met",
            "an assessment of the same kind of decision": "met",
            "an assessment that names the doubt answers it, whatever its kind": "met",
            "refused to be assessed, in words, and the case closed": "explained",
            "refused to be assessed, without a word of it": "partly_met",
            "explained by hospital_admission": "explained",
            "explained by awaiting_interpreter": "explained",
            "explained by covered_elsewhere": "explained",
        },
    },
    "an employer's duty and others' safety hang on nobody's agreement": {
        "SPC-03": {
            "a paid carer, and the adult declined": "not_met",
            "a paid carer, others at risk, and the adult declined": "not_met",
            "a crime, others at risk, and the adult declined": "not_met",
            "explained by adult_declined": "explained",
            "a paid carer considered, and the adult declined the police part": "explained",
            "explained by police_precedence": "explained",
            "explained by covered_elsewhere": "explained",
        },
    },
    "she is heard alone, and MARAC is for domestic abuse": {
        "SPC-01": {
            "the partner in the room, and a specialist service leads": "not_met",
            "a specialist service leads, and the adult was heard alone": "explained",
            "coercion by a care worker, and heard alone": "met",
            "heard alone, MARAC not considered": "partly_met",
            "she chose her sister, and MARAC was considered": "explained",
            "she chose her sister, and MARAC was not considered": "not_met",
            "explained by adult_declined": "explained",
        },
    },
    "one call without a reply is no attempt to share the end": {
        rule: {
            "one call without a reply": "not_met",
            "two calls without a reply on one day": "not_met",
            "calls without a reply on two days": "explained",
            "the adult refused the last contact": "explained",
            "explained by unsafe": "explained",
            "explained by hospital_admission": "explained",
            "explained by adult_declined": "explained",
        }
        for rule in ("CLO-01", "CLO-03")
    },
    "an enquiry may begin before the advocate is there": {
        "ADV-01": {
            "an urgent enquiry before the advocate, explained by emergency_action": "explained",
            "emergency_action has lapsed": "partly_met",
            "not considered": "not_met",
        },
        "ADV-02": {
            "an urgent enquiry before the advocate, explained by emergency_action": "explained",
            "declined": "explained",
            "declined, and the adult lacks capacity for taking part": "not_met",
            "declined, and the adult lacks capacity for money": "explained",
        },
        "SPC-04": {
            "considered and not needed, with the reason": "met",
            "considered and not needed, without a reason": "partly_met",
        },
    },
    "a concern about a service asks about nobody's safety": {
        "RISK-01": {
            "a concern about a service, without an identified adult": "not_applicable",
            "a concern about a service, and one about an adult there": "not_met",
            "explained by not_reachable": "explained",
        },
    },
    "a sound no further action is no fault": {
        "DEC-03": {
            "no other route was needed, with the reason": "met",
            "no word on another route": "partly_met",
            "who speaks for the adult was told on the day": "met",
            "who speaks for the adult did not answer": "partly_met",
            "explained by adult_declined": "explained",
            "explained by not_reachable": "explained",
        },
    },
    "a best-interests decision answers for an adult who cannot say, and the duty is a ground": {
        "CON-02": {
            "unable to say, and taking part was decided in the adult's best interests": "met",
            "unable to say, and the best-interests decision is about money": "not_met",
            "an enquiry under the duty, and the adult was told of the decision": "met",
            "an enquiry under the duty, and nobody told the adult": "partly_met",
            "the duty to enquire is no ground for sharing": "not_met",
            "the duty to enquire is no ground for the police": "not_met",
        },
    },
    "one reason for not asking serves every rule that asks": {
        "ASK-01": {
            "the police asked to wait, as of the review date": "explained",
            "the police asked to wait, and the review date has passed": "partly_met",
        },
        "ASK-05": {"explained by police_advice since": "not_yet_due"},
        "OUT-04": {
            "not asked: police advice": "explained",
            "not asked: police advice, and its review date has passed": "partly_met",
        },
        "CON-01": {
            "explained by police_precedence": "explained",
            "police_precedence has lapsed": "partly_met",
        },
    },
    "a final reason needs no words": {
        "ASK-02": {
            "deceased needs no text": "met",
            "duplicate needs no text": "met",
            "organisational_concern_no_individual needs no text": "met",
            "code only": "partly_met",
        },
    },
    "the full plan, or why none is needed": {
        "PLAN-02": {
            "a full plan before closure": "met",
            "risk remained and no plan, the day after": "not_met",
            "no plan needed, with the reason": "explained",
            "no plan needed, without a reason": "partly_met",
        },
    },
}

TWO_CASES_OF_EACH_KIND: Final[dict[str, Examples]] = {
    "capacity for money against capacity for taking part": {
        "CON-03": UNFAIR_OR_UNSAFE["lacking capacity is about one kind of decision"]["CON-03"],
    },
    "the partner in the room": {
        "SPC-01": {
            "the partner in the room, and a specialist service leads": "not_met",
            "the partner in the room interpreted": "partly_met",
            "the suspected source spoke first, and then the adult was heard alone": "met",
        },
    },
    "an urgent enquiry before the advocate": {
        "ADV-01": {
            "an urgent enquiry before the advocate, explained by emergency_action": "explained",
            "an urgent enquiry, and the advocate considered once it had begun": "met",
        },
    },
    "an organisation without an identified adult": {
        "RISK-01": {
            "a concern about a service, without an identified adult": "not_applicable",
            "a concern about a service, and one about an adult there": "not_met",
        },
    },
    "a refusal of assessment": {
        "MCA-02": {
            "refused to be assessed, in words, and the case closed": "explained",
            "refused to be assessed, without a word of it": "partly_met",
        },
    },
    "calls without a reply on one day and on two": {
        "CLO-01": {
            "two calls without a reply on one day": "not_met",
            "calls without a reply on two days": "explained",
        },
    },
    "a refusal while others are at risk": {
        "CON-03": {
            "a refusal while others are at risk, says the concern": "explained",
            "a refusal while others are at risk, says the assessment of risk": "explained",
            "a refusal while nobody else is at risk": "not_met",
        },
    },
    "an enquiry that goes on after a no": {
        "CON-03": {
            "an enquiry that went on after a no, as its report says": "not_met",
            "an enquiry that went on after a no, reported and closed": "not_met",
            "an enquiry that went on after a no, with its ground": "met",
        },
    },
}

ROWS: Final = {**UNFAIR_OR_UNSAFE, **TWO_CASES_OF_EACH_KIND}


def expected(rule_id: str) -> dict[str, str]:
    """The verdict that each example of a rule expects, of its last subject."""
    rule = next(one for one in core_ruleset().rules if one.id == rule_id)
    return {
        one.name: one.then if isinstance(one.then, str) else list(one.then.values())[-1]
        for one in rule.examples
    }


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_held_by_examples_on_both_sides_of_it(row: str) -> None:
    held = {
        rule: {name: expected(rule).get(name, "(no such example)") for name in examples}
        for rule, examples in ROWS[row].items()
    }
    verdicts = {verdict for examples in held.values() for verdict in examples.values()}

    assert held == ROWS[row]
    assert len(verdicts) > 1


def test_each_kind_of_case_has_two_at_least() -> None:
    counts = {
        kind: sum(len(examples) for examples in rules.values())
        for kind, rules in TWO_CASES_OF_EACH_KIND.items()
    }

    assert min(counts.values()) >= 2


LAW_AND_NUMBERS: Final = {
    "ADV-01": ("s68(2)", "s68(3)", "s68(6)"),
    "ADV-02": ("s68(2)", "s68(3)", "s68(4)"),
    "ADV-03": ("s68(4)", "s68(5)"),
}


def test_advocacy_in_enquiries_rests_on_section_68() -> None:
    cited = {
        rule.id: tuple(one.at for one in rule.cites if one.source == "care-act-2014")
        for rule in core_ruleset().rules
    }

    assert {rule: cited[rule] for rule in LAW_AND_NUMBERS} == LAW_AND_NUMBERS
    assert not any("s67" in place for places in cited.values() for place in places)


PUBLISHED: Final = {
    ("CLO-05", "window"): "msp-outcomes-framework",
    ("PLAN-01", "plan_within"): "plymouth-manual",
    ("PLAN-01", "plan_urgently_within"): "somerset-guidance",
    ("PLAN-03", "first_review"): "pan-lancashire-procedures",
    ("PLAN-03", "longest"): "wm-adass-scorecard",
}
"""The numbers that are not assumed, and the cited source that holds each."""


def test_a_number_that_no_cited_source_holds_is_assumed() -> None:
    not_assumed = {
        (rule.id, name): {one.source for one in rule.cites}
        for rule in core_ruleset().rules
        for name, parameter in rule.parameters.items()
        if any(value.basis not in (Basis.ASSUMED, Basis.LOCAL) for value in parameter.values)
    }

    assert set(not_assumed) == set(PUBLISHED)
    assert all(PUBLISHED[number] in cited for number, cited in not_assumed.items())


WORDS: Final = {
    "MCA-01": "Is there any reason to doubt capacity for decisions about this enquiry? "
    '"No reason to doubt" is a good answer.',
    "CLO-01": "Has the adult been asked how far we got with what they wanted, for feeling safe and "
    "for their wellbeing?",
    "SPC-03": "Could the person suspected be a risk to others in their role? Is there a police, "
    "employer or barring step to consider?",
    "SPC-02": "The adult has said no for now: how will we stay in touch, and has capacity for this "
    "decision been thought about?",
    "PAR-01": "Does our request tell the other agency what the adult wants, and does their report "
    "say how far that was met?",
    "SPC-01": "Has the adult been spoken to alone and safely? Could someone be speaking for them? "
    "Has MARAC been thought about?",
    "ADV-04": "Would an independent mental capacity advocate (IMCA) help: serious risk, a "
    "life-changing decision, conflicting views, money?",
    "OUT-04": "What does the adult want from this enquiry? If planning has already begun, can "
    "their wishes still shape it?",
    "ASK-02": "What stopped us asking? If it may change, when and how could we ask?",
}


def test_prompts_speak_in_the_words_that_practitioners_proposed() -> None:
    prompts = {rule.id: rule.prompt.summary for rule in core_ruleset().rules if rule.id in WORDS}

    assert prompts == WORDS


SHOWN: Final = {
    "S3-6": "conference",
    "S4-6": "wellbeing",
    "S4-11": "strategic plan",
    "S8-2": "self-assessment",
    "A1-26": "safeguards",
    "Q-M": "place, support",
    "A4-8": "confidential",
}
"""The rows of the founding document that practitioners missed, with a word of each."""


def test_the_expectations_that_practitioners_missed_have_their_rows() -> None:
    companions = read_companions(shipped_ruleset("msp-core"), core_ruleset(), Problems())
    assert companions.coverage is not None
    says = {row.id: row.says for row in companions.coverage.expectations}
    shown = {row.id for row in companions.coverage.expectations if row.shown or row.rules}

    assert [row for row, word in SHOWN.items() if word not in says.get(row, "")] == []
    assert shown >= {"S3-6", "S4-6", "A1-26", "Q-M"}
