"""The two YAML parsers give the same trees, places included; only Python's refuses."""

from pathlib import Path
from random import Random

import pytest

from msp_rules.rules import shipped_ruleset
from msp_rules.yaml_source import nodes
from msp_rules.yaml_source.nodes import Problems
from tests.support import effort

pytest.importorskip("_ruamel_yaml_clibz", reason="the extra speed is not installed")

FILES = sorted(shipped_ruleset("msp-core").parent.rglob("*.yaml"))
SIGNS = " :,{}[]#'\"\n-?|>&*!%@`~\\ax1\t\u00e9\u0085\u2028=.<"

LEFT_TO_PYTHON = {
    "a missing value": "a: {b: }\n",
    "a tab": "a: x\ty\n",
    "an anchor": "a: &x b\n",
    "an alias": "a: *x\n",
    "a tag": "a: !!str b\n",
    "a key twice": "a: b\na: c\n",
    "a directive": "%YAML 1.1\n---\na: b\n",
    "two documents": "a: b\n---\na: b\n",
    "a line break of Unicode": "a: b\u2028c\n",
    "a carriage return": "a: b\r\n",
    "a byte order mark": "\ufeffa: b\n",
    "a list": "- a\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", LEFT_TO_PYTHON)
def test_what_is_left_to_the_parser_in_python(name: str) -> None:
    assert nodes._parsed_fast(LEFT_TO_PYTHON[name], "f.yaml") is None


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_read_alike(path: Path) -> None:
    text = path.read_text("utf-8")
    problems = Problems()

    assert nodes._parsed_fast(text, "f.yaml") == nodes._parsed_in_python(text, "f.yaml", problems)
    assert problems.found == []


@pytest.mark.fuzz
def test_changed_pieces_of_files_are_read_alike() -> None:
    texts = [path.read_text("utf-8") for path in FILES]
    random, compared = Random(1), 0
    for _ in range(effort.of(4000, thorough=20_000)):
        text = changed(piece(random.choice(texts), random), random)
        fast = nodes._parsed_fast(text, "f.yaml")
        if fast is None:
            continue
        compared += 1
        problems = Problems()
        assert fast == nodes._parsed_in_python(text, "f.yaml", problems), text
        assert problems.found == [], text

    assert compared > 500


def piece(text: str, random: Random) -> str:
    """Some lines of a file, moved to the left."""
    lines = text.splitlines()
    place = random.randrange(len(lines))
    some = lines[place : place + 8]
    depth = min((len(line) - len(line.lstrip()) for line in some if line.strip()), default=0)
    found = "\n".join(line[depth:] for line in some) + "\n"
    return f"a:\n{found}" if found.startswith("- ") else found


def changed(text: str, random: Random) -> str:
    """A text with up to three signs put in or taken out."""
    for _ in range(random.randrange(4)):
        place = random.randrange(len(text) + 1)
        after = random.choice([place, place + 1])
        text = text[:place] + random.choice([*SIGNS, ""]) + text[after:]
    return text
