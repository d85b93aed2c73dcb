"""Holds the result of a scan, from which reports, manifests and exit codes are made.

As JSON it names the rules and the mapping by their hashes, so a reader has to pass both again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from msp_rules.audit.tally import Tally, tally_from
from msp_rules.errors import InputUnreadable, MspRulesError, SourceLocation
from msp_rules.extras import library_of
from msp_rules.intake.mapping.language import CaseMapping
from msp_rules.intake.source import InputFile
from msp_rules.rules.language.rule import Ruleset, Severity

RESULT_SCHEMA: Final = "msp-scan-result/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """The outcome of one scan, whole or interrupted. It holds no case: those were written already.

    It is never changed; a result with pseudonyms is a new one (`pseudonymised_result`).
    """

    ruleset: Ruleset
    """The rules with every layer over them, in all their forms."""

    matcher_name: str
    """The matcher that answered, as the manifest names it."""

    calendar_sha256: str
    """The hash of the bank holidays that working days were counted with."""

    tally: Tally
    """The counts, and the faults."""

    inputs: tuple[InputFile, ...] = ()
    """The exports that were read to their end or to a break, in the order of reading."""

    unreadable: tuple[InputUnreadable, ...] = ()
    """The reasons why nothing could be read of the others; they are among the faults, too."""

    mapping: CaseMapping | None = None
    """The mapping of a vendor's own exports; None for canonical ones."""

    was_interrupted: bool = False
    """True where somebody asked the scan to stop before its end."""

    pseudonym_key: str | None = None
    """The id of the key, if pseudonyms replace ids; None if they do not."""

    @property
    def is_complete(self) -> bool:
        """True where everything could be read and judged."""
        return self.tally.is_complete

    def has_findings_of(self, severity: Severity | None) -> bool:
        """Says whether anything of this severity or a higher one is `not_met`; None: no."""
        worst = self.tally.worst
        return severity is not None and worst is not None and worst.rank >= severity.rank


def result_document(result: ScanResult) -> dict[str, Any]:
    """Writes a result as plain JSON data; what is None is left out."""
    ruleset, mapping = result.ruleset, result.mapping
    document = {
        "schema": RESULT_SCHEMA,
        "ruleset": _ruleset_row(ruleset),
        "matcher": result.matcher_name,
        "calendar_sha256": result.calendar_sha256,
        "mapping_sha256": None if mapping is None else mapping.sha256,
        "inputs": [asdict(one) for one in result.inputs],
        "unreadable": unreadable_rows(result.unreadable),
        "was_interrupted": result.was_interrupted,
        "pseudonym_key": result.pseudonym_key,
        # A result holds the number of people alone, no marks of them.
        "tally": {**result.tally.document(), "people": result.tally.people.number().document()},
    }
    said = {name: value for name, value in document.items() if value is not None}
    # Written and parsed: nothing of the document is shared with the tally, which goes on counting.
    plain: dict[str, Any] = orjson.loads(orjson.dumps(said))
    return plain


def result_from(
    document: object, ruleset: Ruleset, mapping: CaseMapping | None = None
) -> ScanResult:
    """Reads what `result_document` wrote, with the rules and the mapping that the scan used.

    Raises MspRulesError where the document is of another shape, rules or mapping.
    """
    with library_of("cli", "reading the result of a scan"):
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - no other part needs it

    if not isinstance(document, dict) or document.get("schema") != RESULT_SCHEMA:
        raise MspRulesError(f'not the result of a scan: its "schema" is not {RESULT_SCHEMA}')
    if not Draft202012Validator(result_schema()).is_valid(document):
        raise MspRulesError(
            f"the result of a scan is damaged: it does not conform to {RESULT_SCHEMA}"
        )
    if document["ruleset"] != _ruleset_row(ruleset):
        named = f"{document['ruleset']['id']} {document['ruleset']['version']}"
        raise MspRulesError(
            f"the result was made with other rules; load {named} with the overlays of the scan"
        )
    if document.get("mapping_sha256") != (None if mapping is None else mapping.sha256):
        raise MspRulesError(
            "the result was made with another mapping; pass the one that the scan used"
        )
    return ScanResult(
        ruleset=ruleset,
        matcher_name=document["matcher"],
        calendar_sha256=document["calendar_sha256"],
        tally=tally_from(document["tally"]),
        inputs=tuple(InputFile(**one) for one in document["inputs"]),
        unreadable=tuple(unreadable_from(document["unreadable"])),
        mapping=mapping,
        was_interrupted=document["was_interrupted"],
        pseudonym_key=document.get("pseudonym_key"),
    )


@cache
def result_schema() -> Mapping[str, Any]:
    """Gives the JSON Schema of results, as the package ships it."""
    text = files(__package__).joinpath("schemas/scan-result-1.json").read_bytes()
    schema: Mapping[str, Any] = orjson.loads(text)
    return schema


def unreadable_rows(unreadable: Iterable[InputUnreadable]) -> list[list[str | int | None]]:
    """Lists reason, file, line and column of what could not be read."""
    return [[one.reason, one.where.path, one.where.line, one.where.column] for one in unreadable]


def unreadable_from(rows: Iterable[Sequence[Any]]) -> list[InputUnreadable]:
    """Reads what `unreadable_rows` listed; its shape is checked by then."""
    return [
        InputUnreadable(reason, SourceLocation(path=path, line=line, column=column))
        for reason, path, line, column in rows
    ]


def _ruleset_row(ruleset: Ruleset) -> Mapping[str, object]:
    layers = [
        {"id": one.id, "version": one.version, "sha256": one.sha256} for one in ruleset.layers
    ]
    own = {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256}
    return {**own, "layers": layers}
