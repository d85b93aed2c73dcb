"""A folder of rule files becomes a `Ruleset`, or the list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msp_rules.casework.vocabulary import Vocabulary, core_vocabulary, nearest
from msp_rules.casework.workdays import Unit
from msp_rules.errors import Problem, RulesetInvalid, SourceLocation
from msp_rules.rules import condition as tree
from msp_rules.rules.condition_reader import (
    Names,
    Refused,
    as_block,
    as_items,
    as_text,
    read_anchor,
    read_condition,
)
from msp_rules.rules.rule import (
    Concept,
    ConceptExample,
    Rule,
    Ruleset,
    Settings,
    Suspension,
)
from msp_rules.rules.rule_reader import RuleReader, read_example, read_parameter_block
from msp_rules.rules.schema_check import check_by_schema
from msp_rules.rules.yaml_source import Block, Node, Problems, read_yaml

_KEYS: Final = ("ruleset", "title", "version", "nation", "sources", "settings", "suspend_when")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def load_ruleset(folder: Path, vocabulary: Vocabulary | None = None) -> Ruleset:
    """The ruleset of a folder; raises RulesetInvalid with all its mistakes, in file order.

    The readers alone decide here: the schemas, which `check_ruleset` adds, would take a third as
    long again, and find in a rule's conditions what the readers find (tests/rules).
    """
    reader = _FolderReader(folder, vocabulary or core_vocabulary(), uses_schemas=False)
    ruleset, problems = _result(reader)
    if ruleset is None:
        raise RulesetInvalid(problem for problem in problems if not problem.is_warning)
    return ruleset


def check_ruleset(
    folder: Path, vocabulary: Vocabulary | None = None
) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    """The ruleset (None if it must not run), and all its mistakes and warnings.

    A file in which the readers find nothing is checked by its JSON Schema, too.
    """
    return _result(_FolderReader(folder, vocabulary or core_vocabulary(), uses_schemas=True))


def _result(reader: _FolderReader) -> tuple[Ruleset | None, tuple[Problem, ...]]:
    ruleset = reader.read()
    problems = tuple(reader.problems.found)
    return (None if reader.problems.has_errors else ruleset), problems


def shipped_ruleset(name: str) -> Path:
    """The folder of a ruleset that ships with the package; raises RulesetInvalid for another."""
    package = Path(__file__).resolve().parent.parent
    # In a wheel the rulesets lie inside the package, in a checkout beside it.
    for home in (package / "rulesets", package.parent / "rulesets"):
        if (home / name / "ruleset.yaml").is_file():
            return home / name
    known = [p.parent.name for p in (package.parent / "rulesets").glob("*/ruleset.yaml")]
    known += [p.parent.name for p in (package / "rulesets").glob("*/ruleset.yaml")]
    guess = nearest(name, known)
    hint = f'; did you mean "{guess}"?' if guess else f"; shipped are {', '.join(sorted(known))}"
    message = f"there is no such ruleset or folder{hint}"
    where = SourceLocation(path=name)
    raise RulesetInvalid([Problem(where=where, code="unknown", message=message)])


class _FolderReader:
    def __init__(self, folder: Path, vocabulary: Vocabulary, *, uses_schemas: bool) -> None:
        self._folder = folder
        self._uses_schemas = uses_schemas
        self._vocabulary = vocabulary
        self.problems = Problems()
        self._concepts: dict[str, Concept] = {}
        self._blocks: dict[str, tuple[Block, str]] = {}
        self._open: list[str] = []

    def read(self) -> Ruleset | None:
        main = read_yaml(self._folder / "ruleset.yaml", self._shown("ruleset.yaml"), self.problems)
        if main is None:
            return None
        sources = self._sources(main)
        self._read_concepts()
        conditions = {name: concept.condition for name, concept in self._concepts.items()}
        rules = []
        for path in sorted((self._folder / "rules").glob("*.yaml")):
            rule = self._rule(path, sources, conditions)
            if rule is not None:
                rules.append(rule)
        if not rules and not self.problems.has_errors:
            self.problems.error(main.where, "empty", "the ruleset holds no rule (rules/*.yaml)")
        try:
            ruleset = self._ruleset(main, sources, conditions, tuple(rules))
        except Refused:
            return None
        self._check_by_schema(main, "ruleset")
        return ruleset

    def _check_by_schema(self, block: Block, kind: str) -> None:
        if self._uses_schemas:
            check_by_schema(block, kind, self._vocabulary, self.problems)

    def _shown(self, name: str) -> str:
        return f"{self._folder.name}/{name}"

    def _names(self, conditions: Mapping[str, tree.Condition] | None = None) -> Names:
        return Names(self._vocabulary, self.problems, concepts=conditions or {})

    def _sources(self, main: Block) -> dict[str, str]:
        node = main.entries.get("sources")
        if not isinstance(node, Block):
            self.problems.error(main.where, "lacking", "ruleset.yaml lacks sources")
            return {}
        return {key: as_text(value, self._names()) for key, value in node.entries.items()}

    def _ruleset(
        self,
        main: Block,
        sources: Mapping[str, str],
        conditions: Mapping[str, tree.Condition],
        rules: tuple[Rule, ...],
    ) -> Ruleset:
        names = self._names(conditions)
        for key in main.entries:
            if key not in _KEYS:
                raise names.unknown(main.keys[key], "key of a ruleset", key, _KEYS)
        lacking = [key for key in _KEYS[:-1] if key not in main.entries]
        if lacking:
            message = f"ruleset.yaml lacks {', '.join(lacking)}"
            raise names.refuse(main.where, "lacking", message)
        version = as_text(main.entries["version"], names)
        if not _VERSION.fullmatch(version):
            message = 'the version is three numbers in quotes, as in "1.0.0"'
            raise names.refuse(main.entries["version"].where, "version", message)
        ids = {rule.id for rule in rules}
        node = main.entries.get("suspend_when")
        items = as_items(node, names, "suspend_when").items if node is not None else ()
        return Ruleset(
            id=as_text(main.entries["ruleset"], names),
            title=as_text(main.entries["title"], names),
            version=version,
            nation=as_text(main.entries["nation"], names),
            sources=sources,
            settings=self._settings(main.entries["settings"], names),
            suspensions=tuple(self._suspension(item, names, ids) for item in items),
            concepts=self._concepts,
            rules=rules,
            sha256=self._hash(),
            where=main.where,
        )

    def _settings(self, node: Node, names: Names) -> Settings:
        keys = ("office_close", "temporary_codes", "max_temporary_reason")
        block = as_block(node, names, "settings", keys)
        close = block.entries["office_close"]
        clock = _CLOCK.fullmatch(as_text(close, names))
        if clock is None:
            raise names.refuse(close.where, "clock", 'write the time in quotes, as in "17:00"')
        codes = []
        for item in as_items(block.entries["temporary_codes"], names, "temporary_codes").items:
            code = as_text(item, names)
            if code not in names.vocabulary.enums["explanation_code"]:
                known = names.vocabulary.enums["explanation_code"]
                raise names.unknown(item.where, "explanation code", code, known)
            codes.append(code)
        longest = read_parameter_block(
            "max_temporary_reason", block.entries["max_temporary_reason"], names, needs_range=False
        )
        if longest.unit not in list(Unit):
            message = f"max_temporary_reason counts {longest.unit}; it needs a unit of time"
            raise names.refuse(longest.where, "unit", message)
        values = tuple((v.first_day.toordinal(), v.value) for v in longest.values)
        return Settings(
            office_close=(int(clock[1]) * 60 + int(clock[2])) * 60_000_000,
            max_temporary_reason=tree.Limit(
                unit=Unit(longest.unit),
                values=values,  # type: ignore[arg-type]
                parameter="max_temporary_reason",
            ),
            temporary_codes=frozenset(codes),
        )

    def _suspension(self, node: Node, names: Names, ids: set[str]) -> Suspension:
        block = as_block(node, names, "a suspension")
        for key in block.entries:
            if key not in ("name", "when", "limit_after", "keeps"):
                known = ("name", "when", "limit_after", "keeps")
                raise names.unknown(block.keys[key], "key of a suspension", key, known)
        if not {"name", "when", "keeps"} <= block.entries.keys():
            raise names.refuse(block.where, "lacking", "a suspension needs name, when and keeps")
        keeps = []
        for item in as_items(block.entries["keeps"], names, "keeps").items:
            word = as_text(item, names)
            if word not in ids:
                raise names.unknown(item.where, "rule", word, ids)
            keeps.append(word)
        after = block.entries.get("limit_after")
        return Suspension(
            name=as_text(block.entries["name"], names),
            when=read_condition(block.entries["when"], names),
            limit_after=read_anchor(after, names) if after is not None else None,
            keeps=frozenset(keeps),
        )

    def _rule(
        self, path: Path, sources: Mapping[str, str], conditions: Mapping[str, tree.Condition]
    ) -> Rule | None:
        shown = self._shown(f"rules/{path.name}")
        block = read_yaml(path, shown, self.problems)
        if block is None:
            return None
        names = self._names(conditions)
        try:
            rule = RuleReader(block, names, sources).read()
        except Refused:
            return None
        if rule is not None and rule.id != path.stem:
            where = block.keys["rule"]
            message = f'the rule calls itself "{rule.id}" and its file "{path.stem}"'
            self.problems.error(where, "id", message)
        if rule is not None:
            self._check_by_schema(block, "rule")
        return rule

    def _read_concepts(self) -> None:
        for path in sorted((self._folder / "concepts").glob("*.yaml")):
            shown = self._shown(f"concepts/{path.name}")
            block = read_yaml(path, shown, self.problems)
            if block is not None:
                self._blocks[path.stem] = (block, shown)
        for name in self._blocks:
            self._concept(name)

    def _concept(self, name: str) -> None:
        """Reads a concept after those that it uses; a circle is a mistake."""
        if name in self._concepts:
            return
        block, _ = self._blocks[name]
        self._open.append(name)
        for used in _concepts_named(block):
            if used in self._open:
                circle = " -> ".join([*self._open, used])
                message = f"concepts use each other in a circle: {circle}"
                self.problems.error(block.where, "circle", message)
                self._open.pop()
                return
            if used in self._blocks:
                self._concept(used)
        self._open.pop()
        names = self._names({n: c.condition for n, c in self._concepts.items()})
        try:
            as_block(block, names, "a concept", ("concept", "title", "holds_when", "examples"))
            if as_text(block.entries["concept"], names) != name:
                raise names.refuse(block.keys["concept"], "id", f'its file is called "{name}"')
            self._concepts[name] = Concept(
                name=name,
                title=as_text(block.entries["title"], names),
                condition=read_condition(block.entries["holds_when"], names),
                examples=tuple(
                    self._concept_example(item, names)
                    for item in as_items(block.entries["examples"], names, "examples").items
                ),
                where=block.where,
            )
        except Refused:
            return
        self._check_by_schema(block, "concept")

    def _concept_example(self, node: Node, names: Names) -> ConceptExample:
        example = read_example(node, names)
        if example.then not in ("yes", "no", "unknown"):
            message = 'a concept holds "yes", "no" or "unknown"'
            raise names.refuse(example.where, "verdict", message)
        return ConceptExample(
            name=example.name,
            as_of=example.as_of,
            given=example.given,
            then=str(example.then),
            supplies=example.supplies,
            where=example.where,
        )

    def _hash(self) -> str:
        digest = hashlib.sha256()
        names = ["ruleset.yaml"]
        for part in ("concepts", "rules"):
            names += sorted(f"{part}/{p.name}" for p in (self._folder / part).glob("*.yaml"))
        for name in names:
            digest.update(name.encode() + b"\0")
            digest.update((self._folder / name).read_bytes() + b"\0")
        return digest.hexdigest()


def _concepts_named(node: Node) -> list[str]:
    found: list[str] = []
    if isinstance(node, Block):
        for key, value in node.entries.items():
            if key == "concept" and hasattr(value, "value") and "holds_when" not in node.entries:
                found.append(value.value)
            found += _concepts_named(value)
    elif hasattr(node, "items"):
        for item in node.items:
            found += _concepts_named(item)
    return found
