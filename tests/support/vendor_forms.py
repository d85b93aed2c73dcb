"""Canonical cases as an invented forms-and-questions system would export them, and its mapping."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.intake.quick_elements import NAMESPACE

_NS = "{" + NAMESPACE + "}"
WITHHELD_MARK = "[not exported]"
_CODED = (FieldKind.CODE, FieldKind.FLAG)


def label(code: str) -> str:
    return f"Option: {code.replace('_', ' ')}"


def write_vendor_file(canonical: Path, target: Path) -> None:
    source = etree.parse(str(canonical)).getroot()
    root = etree.Element("Extract")
    day = source.findtext(f"{_NS}header/{_NS}reference_date") or ""
    etree.SubElement(etree.SubElement(root, "Header"), "RunDate").text = _british(day)
    for case in source.iter(f"{_NS}case"):
        referral = etree.SubElement(root, "Referral", {f"x_{k}": v for k, v in case.attrib.items()})
        for event in case.iterchildren(tag=etree.Element):
            name = etree.QName(event).localname
            if name == "adult":
                person = etree.SubElement(referral, "Person", dict(event.attrib))
                _answers(person, event, core_vocabulary().adult)
            else:
                form = etree.SubElement(referral, "Form", {"kind": f"SG {name}", **event.attrib})
                _answers(form, event, core_vocabulary().events[name].fields)
    target.write_bytes(etree.tostring(root, pretty_print=True))


def _answers(form: etree._Element, event: etree._Element, fields: dict[str, Field]) -> None:
    for child in event.iterchildren(tag=etree.Element):
        name, text = etree.QName(child).localname, child.text or ""
        if child.get("withheld") == "yes":
            text = WITHHELD_MARK
        answer = etree.SubElement(form, "Answer", {"question": f"Q-{name}"})
        etree.SubElement(answer, "Text").text = _said(fields[name], text)


def _said(field: Field, text: str) -> str:
    if field.kind in _CODED:
        return label(text)
    return _british(text) if field.kind is FieldKind.DATE else text


def _british(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def write_mapping(target: Path) -> None:
    vocabulary = core_vocabulary()
    tables: list[str] = []
    lines = ["adult:", '  ref: "Person/@ref"']
    adult = {k: f for k, f in vocabulary.adult.items() if k != "ref"}
    lines += [f"  {_rule('adult', f, tables, 'Person/')}" for f in adult.values()]
    lines.append("events:")
    for kind in vocabulary.events.values():
        lines += [f"  - event: {kind.name}", "    record: Form"]
        lines += [f'    when: {{"@kind": "SG {kind.name}"}}', "    may_be_absent: true"]
        for part in ("id", "occurred", "recorded", "agency", "role", "supersedes", "void"):
            lines.append(f'    {part}: "@{part}"')
        if kind.fields:
            lines.append("    fields:")
        lines += [f"      {_rule(kind.name, f, tables)}" for f in kind.fields.values()]
    head = ["schema: msp-rules/mapping/1", "name: Invented", "codes:", *tables, "case:"]
    head += ["  record: Extract/Referral", *(f'  {n}: "@x_{n}"' for n in vocabulary.case)]
    head += ['reference_date: {path: Header/RunDate, date_format: "%d/%m/%Y"}']
    target.write_text("\n".join([*head, *lines]) + "\n", "utf-8")


def _rule(owner: str, field: Field, tables: list[str], before: str = "") -> str:
    free = "" if owner == "adult" else ", may_be_absent: true"
    path = f'path: "{before}Answer[@question=Q-{field.name}]/Text"'
    if field.kind in _CODED:
        table = f"{owner}-{field.name}"
        labels = ", ".join(f'"{label(code)}": "{code}"' for code in field.codes)
        tables += [f"  {table}:", f"    labels: {{{labels}}}", "    unknown: fault"]
        return f"{field.name}: {{{path}, codes: {table}{free}}}"
    if field.kind is FieldKind.DATE:
        return f'{field.name}: {{{path}, date_format: "%d/%m/%Y"{free}}}'
    if field.kind is FieldKind.TEXT:
        return f'{field.name}: {{{path}, withheld: "{WITHHELD_MARK}"{free}}}'
    return f"{field.name}: {{{path}{free}}}"


def write_readable_cases(canonical: Path, target: Path, unreadable: frozenset[str]) -> None:
    """A copy of an export without the cases that hold something unreadable on purpose."""
    tree = etree.parse(str(canonical))
    root = tree.getroot()
    for counted in root.findall(f"{_NS}header/{_NS}cases"):
        counted.getparent().remove(counted)
    for case in root.findall(f"{_NS}case"):
        if case.get("id") in unreadable:
            root.remove(case)
    tree.write(str(target))


def write_row_sets(forms: Path, target: Path) -> None:
    """The forms system's file as flat row sets: forms of all cases mixed, before the cases."""
    source = etree.parse(str(forms)).getroot()
    root = etree.Element("Extract")
    root.append(source.find("Header"))
    rows, cases = etree.SubElement(root, "Rows"), etree.SubElement(root, "Cases")
    columns = [(r.get("x_id"), r.findall("Form")) for r in source.findall("Referral")]
    for turn in range(max(len(column) for _, column in columns)):
        for key, column in columns:
            if turn < len(column):
                column[turn].set("case_key", key or "")
                rows.append(column[turn])
    cases.extend(source.findall("Referral"))
    target.write_bytes(etree.tostring(root, pretty_print=True))


def write_row_mapping(forms: Path, target: Path) -> None:
    text = forms.read_text("utf-8")
    joins = (
        '  key: "@x_id"\n  joins:\n    - {record: Extract/Rows/Form, key: "@case_key", name: Form}'
    )
    once = "  record: Extract/Referral"
    assert once in text
    target.write_text(text.replace(once, f"  record: Extract/Cases/Referral\n{joins}"), "utf-8")
