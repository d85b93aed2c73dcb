"""Whatever an export looks like, its draft is a mapping file without a mistake, or none is made."""

import csv
import io
import json
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from msp_rules.authoring.mapping.draft.text import draft_mapping
from msp_rules.authoring.mapping.lint import lint_mapping
from msp_rules.authoring.mapping.trial import try_mapping
from msp_rules.authoring.mapping.trial_report import trial_data, trial_lines
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import InputUnreadable
from msp_rules.intake.mapping.decode import load_mapping
from tests.support import effort
from tests.support.core import core_ruleset

NAMES = ("Row", "Case", "case_id", "id", "type", "kind", "Date", "raised", "Client", "é", "A.b-c")
NAMES += ("question", "Answer", "Note", "source", "asked", "Concerns", "closed_on", "code", "on")
VALUES = (
    "Police",
    "yes",
    "no",
    'a "b"',
    "x: # y",
    "[1]",
    "a/b",
    "",
    " ",
    "{x}",
    "%d",
    "O'Hara",
    "é",
)
VALUES += ("05/01/2026", "31/12/2025 10:00", "2026-01-05", "2026-01-05T10:00:00", "C1", "C2", "1")
VALUES += ("a\nb", "&<>", "\\", "!x", "*y", "- z", "~", "null", "0x1F", "a, b", "@home", "x" * 50)


def random_element(random: Random, depth: int) -> etree._Element:
    element = etree.Element(random.choice(NAMES))
    for name in random.sample(NAMES, random.randint(0, 4)):
        element.set(name, random.choice(VALUES))
    if depth and random.random() < 0.8:
        for _ in range(random.randint(1, 4)):
            element.append(random_element(random, depth - 1))
    else:
        element.text = random.choice(VALUES)
    return element


def random_export(random: Random) -> etree._Element:
    """Some record sets, each of records that are alike."""
    root = etree.Element("Export")
    for _ in range(random.randint(1, 3)):
        holder = etree.SubElement(root, random.choice(NAMES))
        shape = random_element(random, 3)
        for number in range(random.randint(1, 5)):
            record = deepcopy(shape)
            for one in record.iter():
                if random.random() < 0.4 and not len(one):
                    one.text = random.choice(VALUES)
                for name in one.attrib:
                    if random.random() < 0.4:
                        one.set(name, random.choice(VALUES))
            record.set("id", f"K{number}")
            holder.append(record)
    return root


@pytest.mark.fuzz
@pytest.mark.parametrize("block", range(2))
def test_a_draft_of_any_export_has_no_mistake_and_can_be_tried(block: int, tmp_path: Path) -> None:
    drafted = 0
    for number in range(effort.of(15, thorough=150)):
        random = Random(f"draft {block} {number}")
        export, path = tmp_path / "export.xml", tmp_path / "draft.yaml"
        export.write_bytes(etree.tostring(random_export(random), encoding="utf-8"))
        try:
            path.write_text(draft_mapping(export, core_vocabulary()), "utf-8")
        except InputUnreadable:
            continue

        mapping = load_mapping(path, core_vocabulary())
        if number % 5 == 0:
            lint_mapping(path, mapping, core_ruleset())
        trial = try_mapping(export, mapping, core_vocabulary())
        data = trial_data(trial, "export.xml", "draft.yaml", core_vocabulary(), show_labels=True)
        lines = list(trial_lines(data))

        drafted += 1
        assert trial.cases > 0, (number, lines)

    assert drafted > 12


def as_object(element: etree._Element) -> object:
    """Gives an element as JSON does: attributes and children are members, repeated ones lists."""
    found: dict[str, object] = {str(name): str(value) for name, value in element.attrib.items()}
    for child in element:
        inner = as_object(child)
        known = found.get(str(child.tag))
        found[str(child.tag)] = [*known, inner] if isinstance(known, list) else [inner]
    return found or (element.text or "")


def random_table(random: Random) -> str:
    names = random.sample((*NAMES, "Was it said, and by whom?", "a/b [c]", "Date of birth"), 8)
    rows = [[f"K{n}", *(random.choice(VALUES) for _ in names)] for n in range(random.randint(2, 9))]
    titles = [["A report", *("" for _ in names)]] * random.randint(0, 2)
    totals = [["Total: 9", *("" for _ in names)]] * random.randint(0, 1)
    stream = io.StringIO()
    csv.writer(stream).writerows([*titles, ["Key no", *names], *rows, *totals])
    return stream.getvalue()


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_draft_of_any_json_or_table_has_no_mistake_and_can_be_tried(
    kind: str, tmp_path: Path
) -> None:
    drafted = 0
    for number in range(effort.of(15, thorough=150)):
        random = Random(f"draft {kind} {number}")
        export, path = tmp_path / f"export.{kind}", tmp_path / "draft.yaml"
        text = (
            random_table(random) if kind == "csv" else json.dumps(as_object(random_export(random)))
        )
        export.write_text(text, "utf-8")
        try:
            path.write_text(draft_mapping(export, core_vocabulary()), "utf-8")
        except InputUnreadable:
            continue

        mapping = load_mapping(path, core_vocabulary())
        try_mapping(export, mapping, core_vocabulary())

        drafted += 1

    assert drafted > 5
