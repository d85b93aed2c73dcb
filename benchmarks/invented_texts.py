"""Plainly invented sentences of made-up records, by topic; already escaped for XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_IN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "safety": (
        "I want him to stop coming to the flat after dark.",
        "I want to feel safe in my own kitchen again.",
        "I don't want anybody to shout at me.",
        "I want the locks changed &amp; a key for my sister only.",
        "I want the night staff to come when I ring.",
    ),
    "wellbeing": (
        "I want to keep seeing my nephew on Sundays.",
        "I want to stay in my own home with my cat.",
        "I want my bank card back, and my pension (£148) in my own purse.",
        "I want to go to the café on Thursdays like before.",
        "I'd like to choose who helps me wash.",
        "I want my daughter to be told the truth, kindly.",
    ),
    "rationale": (
        "Relies on the person suspected for shopping and post.",
        "Needs help with moving and can't leave the room without it.",
        "Three accounts agree, and the adult's own words bear them out.",
        "The adult can say no, has a telephone and a neighbour who looks in daily.",
        "Care needs are met by the present plan; nothing new has come to light.",
    ),
    "reason": (
        "Asked twice, in the morning and with the interpreter.",
        "Admitted overnight and not able to talk yet.",
        "The specialist team advised waiting until the visit on Friday.",
        "Talked through with the adult, who saw it the same way.",
        "The ward asked us to come back after the procedure.",
        "It lies with the court now – not with us.",
    ),
    "decision": (
        "taking part in the enquiry",
        "whether to stay at the home while the enquiry goes on",
        "who looks after the money",
        "whether the nephew may visit alone",
    ),
    "action": (
        "Fit a key safe and change the code every month.",
        "Weekly call by the adult's own choice of person.",
        "Bank to freeze the card and issue a new one.",
        "Home to review its night staffing and tell us by letter.",
        "Go together to the advice session at the library.",
        "Ask the surgery for a review of the tablets.",
    ),
    "option": (
        "Stay as things are, with a daily call",
        "A different carer for the mornings",
        "A short stay with the sister",
        "Move to another home",
        "A letter from the solicitor",
    ),
    "view": (
        "Would rather take the risk than lose the visits.",
        "Prefers the lighter step first, and says so clearly.",
        "Wants it over soon and is content with the plan.",
        "Smiles at music and reaches for her brother's hand; turns away from the lounge.",
    ),
    "support": (
        "large print",
        "British Sign Language interpreter",
        "pictures and short sentences",
        "hearing loop",
        "a quiet room, in the morning",
    ),
    "method": ("visit", "telephone", "video call", "letter"),
    "lead": ("team manager", "enquiry lead", "social worker, north team", "duty manager"),
    "basis": ("Care Act 2014, s6 and s45", "vital interests", "public task", "agreed by the adult"),
    "part": (
        "Joined the planning and visited twice.",
        "Sent the rota and the daily notes.",
        "Took a statement at the adult's pace.",
    ),
}
_LONG: Final = ("rationale", "reason", "view")


def _all_texts() -> dict[str, tuple[str, ...]]:
    """The topics; where a worker would write more than a line, sentences in pairs as well."""
    texts = dict(_IN_WORDS)
    for topic in _LONG:
        lines = texts[topic]
        pairs = tuple(f"{one} {other}" for one in lines for other in lines if one is not other)
        texts[topic] = lines + pairs
    return texts


TEXTS: Final[Mapping[str, tuple[str, ...]]] = _all_texts()
"""Sentences by topic."""
