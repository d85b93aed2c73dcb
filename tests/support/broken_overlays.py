"""Broken overlays: what stands below the usual head (or an edit of the head), by what is wrong."""

WHY = "because: a, approved_by: b"
END = "expires: 2026-06-30"


def change(body: str) -> str:
    return f"changes:\n  - {{{body}, {WHY}}}\n"


def waiver(body: str) -> str:
    return f"waivers:\n  - {{{body}, {WHY}}}\n"


def local_filter(body: str) -> str:
    return f"filters:\n  - {{{body}, {WHY}}}\n"


def values(rule: str, name: str, row: str) -> str:
    row = row if row.startswith("{") else f"{{{row}}}"
    return change(f"rule: {rule}, parameters: {{{name}: [{row}]}}")


ROW = "from: 2026-01-01, value: 4, basis: local, source: x"
FULL = f"name: w, rules: PL-01, {END}"

HEADS = {
    "a key of the head that is not there": ("because: The board decided so\n", ""),
    "several keys of the head that are not there": (
        "because: The board decided so\napproved_by: The board\n",
        "",
    ),
    "a misspelt key of the head": ("review_by:", "reviewed_by:"),
    "a version that is a number": ('version: "1.0.0"\nextends', "version: 1.0\nextends"),
    "an id with a space": ("overlay: town", "overlay: our town"),
    "an empty reason": ("because: The board decided so", 'because: ""'),
    "a review date that does not exist": ("2027-03-31", "2027-02-31"),
    "the layer below misspelt": ("id: small", "id: smal"),
    "another version of the layer below": ('small, version: "1.0.0"', 'small, version: "1.1.0"'),
    "a version of the layer below that is none": ('small, version: "1.0.0"', "small, version: one"),
    "a hash of something else": ("HASH", f'"{"0" * 64}"'),
    "a hash that is YAML's number": ("HASH", "12"),
    "extends as one word": ("EXTENDS", "extends: small"),
    "extends without a hash": ("EXTENDS", 'extends: {id: small, version: "1.0.0"}'),
    "a key twice": ("approved_by: The board\n", "approved_by: The board\nbecause: again\n"),
    "an anchor": ("title: A local overlay", "title: &title A local overlay"),
    "a tag": ("title: A local overlay", "title: !!str A local overlay"),
    "a tab": ("approved_by: The board", "approved_by:\n\tThe board"),
}

BODIES = {
    "an unknown part": "waiver: []\n",
    "parts that are no lists": "changes: {}\nwaivers: none\nfilters: 1\n",
    "a change that is a word": "changes: [PL-01]\n",
    "a change of a rule that is not there": change(f"rule: PL-1, enabled: false, {END}"),
    "a change without reasons": "changes:\n  - {rule: PL-01, severity: statutory}\n",
    "a change of nothing": change("rule: PL-01"),
    "a change with an unknown key": change("rule: PL-01, sevrity: flag, severity: statutory"),
    "a change of what no overlay may change": change(
        "rule: PL-01, expect: {recorded: s42_decided}"
    ),
    "no is not false": change(f"rule: PL-01, enabled: no, {END}"),
    "off is not false": change(f"rule: PL-01, enabled: off, {END}"),
    "a severity that is not there": change("rule: PL-01, severity: high"),
    "switched off for good": change("rule: PL-01, enabled: false"),
    "a lower severity for good": change("rule: PL-01, severity: advice"),
    "over before it begins": change(f"rule: PL-01, enabled: false, from: 2026-07-01, {END}"),
    "an end that does not exist": change("rule: PL-01, enabled: false, expires: 2026-06-31"),
    "an end in another order": change("rule: PL-01, enabled: false, expires: 30/06/2026"),
    "an unknown parameter": values("PL-01", "witin", ROW),
    "a parameter of a rule that has none": values("OF-01", "within", ROW),
    "a parameter without values": change("rule: PL-01, parameters: {within: []}"),
    "parameters that name nothing": change("rule: PL-01, parameters: {}"),
    "a parameter that is a number": change("rule: PL-01, parameters: {within: 4}"),
    "a value without a source": values(
        "PL-01", "within", "{from: 2026-01-01, value: 4, basis: local}"
    ),
    "a value of an unknown basis": values(
        "PL-01", "within", f"{{{ROW.replace('local', 'lokal')}}}"
    ),
    "a value outside the range": values("PL-01", "within", f"{{{ROW.replace('4', '40')}}}"),
    "a value in words": values("PL-01", "within", f"{{{ROW.replace('4', 'four')}}}"),
    "a value with a nought before it": values("PL-01", "within", f"{{{ROW.replace('4', '04')}}}"),
    "a value from a day that does not exist": values(
        "PL-01", "within", f"{{{ROW.replace('01-01', '13-01')}}}"
    ),
    "values in the wrong order": values("PL-01", "within", f"{{{ROW}}}, {{{ROW}}}"),
    "an unknown code of a list": values("FL-01", "reasons", f"{{{ROW.replace('4', '[unsaf]')}}}"),
    "the same thing set twice": change("rule: PL-01, severity: statutory")
    + f"  - {{rule: PL-01, severity: advice, {WHY}, {END}}}\n",
    "an example that can't be read": change(
        "rule: PL-01, severity: statutory, examples: [{name: x, as_of: 2026-03-31, then: met, "
        "given: [{concern_rased: {occurred: 2026-01-05}}]}]"
    ),
    "a floor switched off": change(f"rule: FL-01, enabled: false, {END}"),
    "a floor of a lower severity": change(f"rule: FL-01, severity: advice, {END}"),
    "a floor with a longer limit": values("FL-01", "within", f"{{{ROW.replace('4', '6')}}}"),
    "a floor that asks for less often": values("FL-01", "times", f"{{{ROW.replace('4', '1')}}}"),
    "a floor with one more reason": values(
        "FL-01", "reasons", f"{{{ROW.replace('4', '[unsafe, other, adult_declined]')}}}"
    ),
    "a floor of which nothing can be proved": values("FL-01", "shown", f"{{{ROW}}}"),
    "a floor that looks published again": values(
        "FL-01", "within", f"{{{ROW.replace('4', '6').replace('local', 'published')}}}"
    ),
    "a floor that is weakened only later": values(
        "FL-01", "within", f"{{{ROW}}}, {{{ROW.replace('4', '9').replace('2026', '2030')}}}"
    ),
    "a floor filtered": local_filter(
        f"name: f, rules: FL-01, when: {{recorded: s42_decided}}, {END}"
    ),
    "a floor waived": waiver(f"name: w, rules: [PL-01, FL-01], {END}"),
    "a filter without an end": local_filter("name: f, rules: PL-01, when: {recorded: s42_decided}"),
    "a filter with an unknown field": local_filter(
        f"name: f, rules: PL-01, when: {{this: {{sorce: police}}}}, {END}"
    ),
    "a filter with an unknown event": local_filter(
        f"name: f, rules: PL-01, when: {{recorded: s42_decidd}}, {END}"
    ),
    "a filter with an unknown concept": local_filter(
        f"name: f, rules: PL-01, when: {{concept: enquiry_opn}}, {END}"
    ),
    "a filter with an unknown verb": local_filter(
        f"name: f, rules: PL-01, when: {{recordd: s42_decided}}, {END}"
    ),
    "a filter about this in a rule without": local_filter(
        f"name: f, rules: OF-01, when: {{this: {{source: police}}}}, {END}"
    ),
    "a filter that is a word": local_filter(f"name: f, rules: PL-01, when: always, {END}"),
    "a filter on no rule": local_filter(
        f"name: f, rules: [], when: {{recorded: s42_decided}}, {END}"
    ),
    "a waiver without an end": waiver("name: w, rules: PL-01"),
    "a waiver without reasons": f"waivers:\n  - {{{FULL}}}\n",
    "a waiver with an empty reason": f'waivers:\n  - {{{FULL}, because: "", approved_by: b}}\n',
    "a waiver of a rule that is not there": waiver(f"name: w, rules: [PL-01, OF-1], {END}"),
    "a waiver of an agency that is not there": waiver(f"{FULL}, agency: concil"),
    "a waiver of no team": waiver(f"{FULL}, team: []"),
    "a waiver with an unknown key": waiver(f"{FULL}, teams: north"),
    "a waiver with a time": waiver("name: w, rules: PL-01, expires: 2026-06-30T12:00"),
    "a waiver that names a rule twice": waiver(f"name: w, rules: [PL-01, PL-01], {END}"),
    "two of the same name": waiver(FULL) + f"  - {{{FULL}, {WHY}}}\n",
    "a source that is there": 'sources: {care-act: "Another act"}\n',
    "a source without a text": "sources: {town-plan: }\n",
    "an event that is no local one": "events: {visit: {means: A visit}}\n",
    "an event with an unknown kind of field": (
        "events: {x_visit: {means: A visit, fields: {by: txt}}}\n"
    ),
    "an event with an unknown list of codes": (
        "events: {x_visit: {means: A visit, fields: {by: code(agreemnt)}}}\n"
    ),
    "an event with a field of every event": (
        "events: {x_visit: {means: A visit, fields: {occurred: date}}}\n"
    ),
    "an event without a meaning": "events: {x_visit: {fields: {by: text}}}\n",
    "an event with an unknown key": "events: {x_visit: {means: A visit, field: {by: text}}}\n",
    "a list of codes that is no local one": "enums: {agreement: [a]}\n",
    "an empty list of codes": "enums: {x_size: []}\n",
    "a rule that is there": "rules:\n  - {rule: PL-01, title: Another}\n",
    "a rule that lacks nearly everything": "rules:\n  - {rule: TN-01, title: Another}\n",
    "a rule without an id": "rules:\n  - {title: Another}\n",
    "a concept that is there": "concepts:\n  - {concept: enquiry_open, title: Another}\n",
    "a concept with an empty name": (
        "concepts:\n  - {concept: , title: H, examples: [], "
        "holds_when: {recorded: concern_raised}}\n"
    ),
    "a concept with an unknown event": (
        "concepts:\n  - {concept: here, title: H, examples: [], "
        "holds_when: {recorded: concern_rased}}\n"
    ),
}
