"""Loads a ruleset from its folder, or reports everything that is wrong with it.

The files beside the rules (what sources hold, which expectations are answered) are optional. Where
they exist, they are checked with the rules, and what they claim about the rules must be true.
Rulesets are also found by id: those that ship, and those in named folders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.rules import citations as citations_file
from msp_rules.rules import expectations as coverage_file
from msp_rules.rules.citations import check_citations, cited_in, read_citations
from msp_rules.rules.expectations import Coverage, read_coverage
from msp_rules.rules.language import conditions as tree
from msp_rules.rules.language.decode_rule import names_of_rule, read_rule
from msp_rules.rules.language.decode_ruleset import (
    ID,
    NATION,
    RULESET,
    RULESET_VERSION,
    SETTINGS,
    SOURCES,
    SUSPENSIONS,
    TITLE,
    read_concept,
)
from msp_rules.rules.language.names import Names
from msp_rules.rules.language.rule import CitedSource, Concept, Parameter, Rule, Ruleset
from msp_rules.rules.schemas import check_by_schema
from msp_rules.rules.shipped import shipped_homes
from msp_rules.yaml_source.decode import Found
from msp_rules.yaml_source.nodes import Block, Items, Node, Problems, Refused, Text, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """The files beside the rules; each is None where it is not there or can't be read."""

    citations: Mapping[str, CitedSource] | None
    """The sources by id."""
    coverage: Coverage | None
    """The expectations and their answers."""


def read_companions(folder: Path, ruleset: Ruleset, problems: Problems) -> Companions:
    """Reads the files beside the rules of a folder; every mistake in them is noted."""
    citations, coverage = None, None
    main = _read(folder, citations_file.FILE_NAME, problems)
    if main is not None:
        citations = read_citations(main, ruleset, problems)
        if citations is not None:
            check_by_schema(main, "citations", core_vocabulary(), problems)
            check_citations(ruleset, citations, problems)
    main = _read(folder, coverage_file.FILE_NAME, problems)
    if main is not None:
        coverage = read_coverage(main, ruleset, citations, problems)
        if coverage is not None:
            check_by_schema(main, "coverage", core_vocabulary(), problems)
    return Companions(citations=citations, coverage=coverage)


def _read(folder: Path, name: str, problems: Problems) -> Block | None:
    path = folder / name
    return read_yaml(path, f"{folder.name}/{name}", problems) if path.exists() else None


def load_ruleset(folder: Path, vocabulary: Vocabulary | None = None) -> Ruleset:
    """Loads the ruleset of a folder; raises RulesetInvalid with all its mistakes, in file order.

    Only the readers check here: the schemas, which `check_ruleset` adds, would take a third as long
    again, and find in a rule's conditions the same as the readers (tests/rules).
    """
    reader = FolderReader(folder, vocabulary or core_vocabulary(), uses_schemas=False)
    ruleset, problems = _result(reader)
    if ruleset is None:
        raise RulesetInvalid(problem for problem in problems if not problem.is_warning)
    return ruleset


def check_ruleset(
    folder: Path, vocabulary: Vocabulary | None = None
) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    """Gives the ruleset (None if it must not run), and all its mistakes and warnings.

    A file in which the readers find nothing is checked by its JSON Schema, too; and in a ruleset
    without mistakes the files beside the rules.
    """
    reader = FolderReader(folder, vocabulary or core_vocabulary(), uses_schemas=True)
    ruleset, problems = _result(reader)
    if ruleset is not None:
        read_companions(folder, ruleset, reader.problems)
        problems = reader.in_file_order()
    return (None if reader.problems.has_errors else ruleset), problems


def _result(reader: FolderReader) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    ruleset = reader.read()
    problems = reader.in_file_order()
    return (None if reader.problems.has_errors else ruleset), problems


def ruleset_hash(folder: Path) -> str:
    """Hashes the bytes of a ruleset's files, in name order."""
    digest = hashlib.sha256()
    names = ["ruleset.yaml"]
    for part in ("concepts", "rules"):
        names += sorted(f"{part}/{p.name}" for p in (folder / part).glob("*.yaml"))
    for name in names:
        digest.update(name.encode() + b"\0")
        digest.update((folder / name).read_bytes() + b"\0")
    return digest.hexdigest()


class FolderReader:
    """Reads the parts of a ruleset; a layer above adds its own words, concepts and rules.

    `rule_blocks` are the rule files as parsed, by id; `sources` is None where they can't be read.
    """

    def __init__(self, folder: Path, vocabulary: Vocabulary, *, uses_schemas: bool) -> None:
        self._folder = folder
        self._uses_schemas = uses_schemas
        self._vocabulary = vocabulary
        self.problems = Problems()
        self._concepts: dict[str, Concept] = {}
        self._blocks: dict[str, Block] = {}
        self._broken_concepts: set[str] = set()
        self._open: list[str] = []
        self.rule_ids = frozenset(path.stem for path in self._files("rules"))
        self.rule_blocks: dict[str, Block] = {}
        self.sources: dict[str, str] | None = None
        self._numbers: Mapping[str, Parameter] = {}

    def read(self) -> Ruleset | None:
        """Reads the ruleset of the folder; None where it has mistakes (which are noted)."""
        main = read_yaml(self._folder / "ruleset.yaml", self._shown("ruleset.yaml"), self.problems)
        found = self._opened(main) if main is not None else None
        self._read_concepts()
        rules: dict[str, Rule] = {}
        for path in self._files("rules"):
            block = read_yaml(path, self._shown(f"rules/{path.name}"), self.problems)
            rule = self.read_rule(block, path.stem) if block is not None else None
            if rule is not None and rule.id not in rules:
                rules[rule.id] = rule
        if found is None:
            return None
        if not self.rule_ids:
            message = "the ruleset has no rule (rules/*.yaml)"
            self.problems.error(found.block.where, "empty", message)
        self._refuse_strays()
        found.read_rest(self._names())
        if not found.is_sound:
            return None
        self._check_by_schema(found.block, "ruleset")
        return self._ruleset(found, tuple(rules.values()))

    def _opened(self, main: Block) -> Found[Names]:
        """Opens the ruleset's own file and reads what rules may cite and name."""
        found = RULESET.open(main, self._names())
        found.read([SOURCES, SETTINGS], self._names())
        self.sources = found.get(SOURCES, None)
        settings = found.get(SETTINGS, None)
        self._numbers = settings.numbers if settings is not None else {}
        return found

    def _check_by_schema(self, block: Block, kind: str) -> None:
        if self._uses_schemas:
            check_by_schema(block, kind, self._vocabulary, self.problems)

    @property
    def concepts(self) -> Mapping[str, Concept]:
        """Gives the concepts read so far."""
        return dict(self._concepts)

    @property
    def concept_names(self) -> frozenset[str]:
        """Gives the names of all concepts, broken ones included."""
        return frozenset(self._concepts) | self._broken_concepts

    @property
    def conditions(self) -> Mapping[str, tree.Condition]:
        """Gives the conditions of the concepts read so far."""
        return {name: concept.condition for name, concept in self._concepts.items()}

    def add(
        self,
        *,
        vocabulary: Vocabulary,
        sources: Mapping[str, str],
        concepts: Mapping[str, Block | None],
        rule_ids: Iterable[str],
        uses_schemas: bool,
    ) -> None:
        """Takes the words and concepts of a layer above (None: a concept that can't be read)."""
        self._vocabulary = vocabulary
        self._uses_schemas = uses_schemas
        self.rule_ids |= frozenset(rule_ids)
        if self.sources is not None:
            self.sources = {**self.sources, **sources}
        for name, block in concepts.items():
            if block is None:
                self._broken_concepts.add(name)
            else:
                self._blocks[name] = block
        for name in concepts:
            self._concept(name)

    def in_file_order(self) -> tuple[Problem, ...]:
        """Gives everything found, file by file, from the top of each down."""
        return tuple(
            sorted(
                self.problems.found,
                key=lambda one: (one.where.path, one.where.line or 0, one.where.column or 0),
            )
        )

    def _files(self, part: str) -> list[Path]:
        return sorted((self._folder / part).glob("*.yaml"))

    def _refuse_strays(self) -> None:
        """Notes every file that nothing reads: it might be a rule that is silently missing."""
        for part in ("rules", "concepts"):
            for path in sorted((self._folder / part).glob("*")):
                if path.suffix != ".yaml" and not path.name.startswith("."):
                    where = SourceLocation(path=self._shown(f"{part}/{path.name}"))
                    message = f"only files called *.yaml are read in {part}; rename or move it"
                    self.problems.error(where, "stray", message)

    def _shown(self, name: str) -> str:
        return f"{self._folder.resolve().name}/{name}"

    def _names(self) -> Names:
        return Names(
            problems=self.problems,
            vocabulary=self._vocabulary,
            rule_ids=self.rule_ids,
            sources=self.sources,
            concepts=self.conditions,
            parameters=self._numbers,
            broken=frozenset(self._broken_concepts),
        )

    def _ruleset(self, found: Found[Names], rules: tuple[Rule, ...]) -> Ruleset:
        sources = found.block.entries[SOURCES.key]
        ruleset = Ruleset(
            id=found[ID],
            title=found[TITLE],
            version=found[RULESET_VERSION],
            nation=found[NATION],
            sources=found[SOURCES],
            settings=found[SETTINGS],
            suspensions=found[SUSPENSIONS],
            concepts=self.concepts,
            rules=rules,
            sha256=ruleset_hash(self._folder),
            where=found.block.where,
            source_places=dict(sources.keys) if isinstance(sources, Block) else {},
            vocabulary=self._vocabulary,
        )
        return replace(ruleset, cited=cited_in(self._folder, ruleset))

    def read_rule(self, block: Block, stem: str) -> Rule | None:
        """Reads the rule of a file called `stem`; its block is kept."""
        self.rule_blocks[stem] = block
        node = block.entries.get("rule")
        if isinstance(node, Text) and node.value != stem:
            message = f'the rule is called "{node.value}", but its file "{stem}"'
            is_taken = node.value in self.rule_ids
            message += "; an id is used once" if is_taken else "; rename one of the two"
            self.problems.error(block.keys["rule"], "id", message)
        rule = read_rule(block, self._names())
        if rule is None and not self.problems.has_errors:
            # Nothing may drop out of a ruleset without a word.
            self.problems.error(block.where, "unread", "the rule can't be read")
        if rule is not None:
            self._check_by_schema(block, "rule")
            rule = self._with_earlier(rule, block)
        return rule

    def reread(self, block: Block) -> Rule:
        """Reads a rule anew from a block in which only days and values are others."""
        rule = self.read_form(block, None, Problems())
        if rule is None:
            raise ValueError(f"{block.where.path} can't be read without its days")
        return self._with_earlier(rule, block)

    def read_form(self, block: Block, day: date | None, problems: Problems) -> Rule | None:
        """Reads a rule as a day has it, from a block that a layer has changed."""
        return read_rule(block, replace(self._names(), problems=problems, on_day=day))

    def names_of_form(self, block: Block, day: date) -> Names:
        """Gives the names that the conditions of a rule may use on a day; notes no mistakes."""
        names = replace(self._names(), problems=Problems(), on_day=day)
        return names_of_rule(block, names)

    def _with_earlier(self, rule: Rule, block: Block) -> Rule:
        """Adds the earlier forms of a rule, where a count or list of codes has changed in time."""
        days = sorted(
            {
                value.first_day
                for parameter in rule.parameters.values()
                if parameter.unit in ("count", "codes")
                for value in parameter.values
            }
        )
        earlier = []
        for day in days[:-1]:
            # What is wrong with the file is noted already, from the newest form.
            form = self.read_form(block, day, Problems())
            if form is not None:
                earlier.append((day.toordinal(), form))
        if not earlier:
            return rule
        return replace(rule, newest_from=days[-1].toordinal(), earlier=tuple(earlier))

    def _read_concepts(self) -> None:
        for path in self._files("concepts"):
            block = read_yaml(path, self._shown(f"concepts/{path.name}"), self.problems)
            if block is not None:
                self._blocks[path.stem] = block
            else:
                self._broken_concepts.add(path.stem)
        for name in self._blocks:
            self._concept(name)

    def _concept(self, name: str) -> None:
        """Reads a concept after the concepts that it uses; a circle is a mistake."""
        if name in self._concepts or name in self._broken_concepts:
            return
        block = self._blocks[name]
        self._open.append(name)
        for used in _concepts_named(Items(tuple(block.entries.values()), block.where)):
            if used in self._open:
                circle = " -> ".join([*self._open, used])
                message = f"concepts use each other in a circle: {circle}"
                self.problems.error(block.where, "circle", message)
                self._open.pop()
                self._broken_concepts.add(name)
                return
            if used in self._blocks:
                self._concept(used)
        self._open.pop()
        try:
            self._concepts[name] = read_concept(block, name, self._names())
        except Refused:
            self._broken_concepts.add(name)
            return
        self._check_by_schema(block, "concept")


def _concepts_named(node: Node) -> list[str]:
    found: list[str] = []
    if isinstance(node, Block):
        for key, value in node.entries.items():
            if key == "concept" and isinstance(value, Text):
                found.append(value.value)
            found += _concepts_named(value)
    elif isinstance(node, Items):
        for item in node.items:
            found += _concepts_named(item)
    return found


class KnownRuleset(NamedTuple):
    """A copy of a ruleset."""

    folder: Path
    """Its folder."""
    id: str
    """The id in its main file."""
    version: str
    """The version in its main file."""

    @property
    def sha256(self) -> str:
        """Hashes its files."""
        return ruleset_hash(self.folder)


def known_rulesets(ruleset: str, homes: Iterable[Path]) -> Iterator[KnownRuleset]:
    """Yields every copy of a ruleset that ships or is in the folders of `homes`, each once."""
    seen = set[Path]()
    for home in (*homes, *shipped_homes()):
        for file in sorted(home.glob("*/ruleset.yaml")):
            folder = file.resolve().parent
            if folder in seen:
                continue
            seen.add(folder)
            block = read_yaml(file, f"{folder.name}/ruleset.yaml", Problems())
            entries = block.entries if block is not None else {}
            name, version = entries.get("ruleset"), entries.get("version")
            if isinstance(name, Text) and isinstance(version, Text) and name.value == ruleset:
                yield KnownRuleset(folder, name.value, version.value)
