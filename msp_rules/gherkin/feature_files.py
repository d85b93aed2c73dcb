"""Checks the feature files of a folder before anything runs; reports every mistake with its place.

pytest-bdd would stop at the first mistake, in the words of a Python traceback, and would pass over
scenarios of the same name silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msp_rules.errors import Problem, SourceLocation
from msp_rules.gherkin.feature_text import read_text
from msp_rules.gherkin.library import sentences
from msp_rules.gherkin.sentence import Kind, fitting, nearest_sentences
from msp_rules.yaml_source.nodes import Problems

_KINDS: Final = {"Context": Kind.GIVEN, "Action": Kind.WHEN, "Outcome": Kind.THEN}
_CODE: Final = "feature"
_SUFFIX: Final = ".feature"
# A copy that an editor keeps beside the file ("~", ".bak") is nobody's feature.
_LOOKS_LIKE: Final = re.compile(r"\.feature\.(txt|docx?|rtf|md)$|\.(?!feature$)(?i:features?)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFiles:
    """The features of a folder."""

    shown: Mapping[Path, str]
    """The name of each file in messages."""
    scenarios: int
    """The number of them, each row of examples being one."""
    problems: tuple[Problem, ...]
    """Everything wrong with the files, by place."""


def feature_paths(folder: Path) -> tuple[Path, ...]:
    """Lists the feature files in a folder and below it, in name order."""
    return tuple(sorted(folder.resolve().rglob(f"*{_SUFFIX}")))


def overlooked_paths(folder: Path) -> tuple[Path, ...]:
    """Lists files that look like features but are not called *.feature, and so would not run."""
    every = (path for path in folder.resolve().rglob("*") if path.is_file())
    return tuple(sorted(path for path in every if _LOOKS_LIKE.search(path.name)))


def read_features(folder: Path) -> FeatureFiles:
    """Reads the features of a folder; raises ImportError where gherkin-official is missing."""
    problems, scenarios, shown = Problems(), 0, {}
    root = folder.resolve()
    for path in feature_paths(folder):
        shown[path] = f"{root.name}/{path.relative_to(root).as_posix()}"
        scenarios += _FeatureReader(path, shown[path], problems).read()
    for path in overlooked_paths(folder):
        where = SourceLocation(path=f"{root.name}/{path.relative_to(root).as_posix()}")
        message = f"only files called *{_SUFFIX} are run as features; rename it or move it away"
        problems.error(where, _CODE, message)
    found = sorted(problems.found, key=lambda one: (one.where.path, one.where.line or 0))
    return FeatureFiles(shown=shown, scenarios=scenarios, problems=tuple(found))


class _FeatureReader:
    """Reads one feature file."""

    def __init__(self, path: Path, shown: str, problems: Problems) -> None:
        self._path = path
        self._shown = shown
        self._problems = problems
        self._noted: set[tuple[int, str]] = set()
        self._odd: Mapping[int, str] = {}

    def read(self) -> int:
        """Notes what is wrong, and gives the number of scenarios that would run."""
        document = self._document()
        if document is None:
            return 0
        feature = document.get("feature")
        if feature is None:
            self._note(1, "the file has no feature")
            return 0
        nodes = {str(node["id"]): node for node in _nodes(feature)}
        scenarios = list(_scenarios(feature))
        if not scenarios:
            self._note(feature["location"]["line"], "the feature has no scenario")
        self._refuse_same_names(scenarios)
        pickles = self._pickles(document)
        found = {str(pickle["astNodeIds"][0]) for pickle in pickles}
        for scenario in scenarios:
            if str(scenario["id"]) not in found and scenario["steps"]:
                self._note(scenario["location"]["line"], "the scenario outline has no example row")
        for pickle in pickles:
            self._check(pickle, nodes)
        return len(pickles)

    def _note(self, line: int, message: str) -> None:
        if (line, message) not in self._noted:
            self._noted.add((line, message))
            self._problems.error(SourceLocation(path=self._shown, line=line), _CODE, message)

    def _document(self) -> Mapping[str, Any] | None:
        text = read_text(self._path)
        self._odd = text.odd
        for line, message in (*text.odd.items(), *text.notes):
            if line not in text.odd or message == text.odd[line]:
                self._note(line, message)
        return text.document

    def _pickles(self, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        from gherkin.pickles.compiler import Compiler  # noqa: PLC0415 - as above

        whole: Any = {**document, "uri": self._shown}  # the parser's own shape, which it checks
        return list(Compiler().compile(whole))

    def _refuse_same_names(self, scenarios: Sequence[Mapping[str, Any]]) -> None:
        """Refuses scenarios of one name: pytest-bdd keeps the last and silently drops the rest."""
        first: dict[str, int] = {}
        for scenario in scenarios:
            name, line = scenario["name"], scenario["location"]["line"]
            if name in first:
                message = f'another scenario is called "{name}"; first: line {first[name]}'
                self._note(line, message)
            first.setdefault(name, line)

    def _check(self, pickle: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> None:
        """Notes steps that are not sentences, and a scenario without a When or a Then."""
        kinds = set()
        for step in pickle["steps"]:
            node, text = nodes[str(step["astNodeIds"][0])], step["text"]
            line = node["location"]["line"]
            kind = _KINDS.get(step.get("type", ""))
            if kind is None and kind in kinds:
                continue
            kinds.add(kind)
            if line in self._odd:  # told already, with its cause
                continue
            if kind is None:  # what follows such a step follows nothing, either
                self._note(line, f"a scenario begins with Given, not {node['keyword'].strip()}")
                continue
            sentence = fitting(sentences(), kind, text)
            if sentence is None:
                self._note(line, _no_sentence(kind, text))
            elif message := sentence.refusal_of(step.get("argument") or {}):
                self._note(line, message)
        line = nodes[str(pickle["astNodeIds"][0])]["location"]["line"]
        if Kind.WHEN not in kinds:
            self._note(line, 'the scenario evaluates nothing: it lacks a "When"')
        elif Kind.THEN not in kinds:
            self._note(line, 'the scenario checks nothing: it lacks a "Then"')


def _no_sentence(kind: Kind, text: str) -> str:
    word = kind.value.capitalize()
    other = fitting(sentences(), None, text)
    if other is not None:
        return f'"{text}" comes after {word}, but belongs after {other.kind.value.capitalize()}'
    near = "".join(f"\n    {one.words}" for one in nearest_sentences(sentences(), kind, text))
    return f'no sentence fits "{word} {text}"; the nearest are{near}'


def _scenarios(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in node["children"]:
        if "scenario" in child:
            yield child["scenario"]
        elif "rule" in child:
            yield from _scenarios(child["rule"])


def _nodes(node: object) -> Iterator[Mapping[str, Any]]:
    """Yields everything in a feature that has an id and a place."""
    if isinstance(node, Mapping):
        if "id" in node and "location" in node:
            yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)
