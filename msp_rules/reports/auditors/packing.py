"""Packs a sample: judges its cases and writes a workbook for each agency, and `pack.json`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from msp_rules.audit.case_audit import CaseAudit
from msp_rules.audit.case_file.pack import FILE, AuditPack, PackedAgency, pack_document
from msp_rules.audit.case_file.ratings import AuditedAgency, AuditRatings, CaseRatings
from msp_rules.audit.case_file.repeated import differences, repeat_sample
from msp_rules.audit.case_file.sample import Sample, sample_document
from msp_rules.audit.case_reader import CaseFiles, read_cases
from msp_rules.audit.documents import document_bytes, ruleset_row
from msp_rules.audit.private_files import write_private
from msp_rules.audit.verification import OK
from msp_rules.errors import MspRulesError
from msp_rules.extras import missing
from msp_rules.reports.auditors.page import CasePage, PageMaker
from msp_rules.reports.auditors.workbook import AgencyBook, agency_workbook
from msp_rules.rules.language.rule import Ruleset


def write_pack(path: Path, files: CaseFiles, folder: Path) -> AuditPack:
    """Writes the workbooks of a sample and `pack.json`, for their owner alone to read.

    Raises MspRulesError where the exports, the rules or the moment are not those of the sample,
    LibraryMissing where XlsxWriter is not installed.
    """
    body, sample = repeat_sample(path, files)
    if files.as_of is not None and files.as_of != sample.frame.as_of:
        raise MspRulesError(f"{path.name} was drawn as of {body['as_of']}: leave out --as-of")
    other = [check for check in differences(body, sample, files) if check.state != OK]
    if other:
        said = "; ".join(f"{check.what}: {check.why}" for check in other)
        raise MspRulesError(f"{path.name} is not of these exports and rules: {said}")
    try:
        pack, books = _packed(sample, replace(files, as_of=sample.frame.as_of))
    except ModuleNotFoundError as error:
        raise missing("a workbook for auditors", "reports", error.name or "xlsxwriter") from None
    for name, content in books.items():
        write_private(folder / name, content)
    write_private(folder / FILE, document_bytes(pack_document(pack)))
    return pack


def _packed(sample: Sample, files: CaseFiles) -> tuple[AuditPack, dict[str, bytes]]:
    ruleset = files.ruleset
    order = [case for stratum in sample.draw.strata for case in stratum.drawn]
    pages, agency_of = _judged(files, frozenset(order))
    by_agency: dict[str, list[CasePage]] = {}
    for case in order:
        by_agency.setdefault(agency_of[case], []).append(pages[case])
    population = Counter(one.agency for one in sample.frame.candidates if not one.doubt)
    document = sample_document(sample, ruleset)
    sample_hash = sha256(document_bytes(document)).hexdigest()
    rules_hash = sha256(document_bytes(ruleset_row(ruleset))).hexdigest()
    agencies, books, names = [], dict[str, bytes](), sorted(by_agency)
    for name in names:
        book = AgencyBook(
            agency=name,
            sample=sample_hash,
            rules_hash=rules_hash,
            seed=sample.request.seed,
            ruleset=_in_words(ruleset),
            as_of=datetime.combine(date.fromisoformat(document["as_of"]), datetime.min.time()),
            others=[other for other in names if other != name],
            pages=by_agency[name],
        )
        content, hashes = agency_workbook(book)
        file = _file_name(name, frozenset(books))
        books[file] = content
        agency = AuditedAgency(
            name=name,
            population=population[name],
            sampled=len(book.pages),
            is_returned=False,
        )
        cases = tuple(_rated(page, name, place) for place, page in enumerate(book.pages, start=1))
        agencies.append(PackedAgency(agency=agency, file=file, cases=cases, cells=hashes))
    return _pack(document, tuple(agencies), ruleset, (sample_hash, rules_hash)), books


def _pack(
    document: dict[str, Any],
    agencies: tuple[PackedAgency, ...],
    ruleset: Ruleset,
    hashes: tuple[str, str],
) -> AuditPack:
    first, last = document["window"]
    named = {
        rule
        for one in agencies
        for case in one.cases
        for row in case.questions
        for rule in row.rules
    }
    return AuditPack(
        sample=hashes[0],
        rules_hash=hashes[1],
        titles={rule.id: rule.title for rule in ruleset.rules if rule.id in named},
        agencies=agencies,
        ratings=AuditRatings(
            seed=document["seed"],
            as_of=date.fromisoformat(document["as_of"]),
            window=(date.fromisoformat(first), date.fromisoformat(last)),
            ruleset=_in_words(ruleset),
            agencies=tuple(one.agency for one in agencies),
            cases=(),
        ),
    )


def _judged(files: CaseFiles, wanted: frozenset[str]) -> tuple[dict[str, CasePage], dict[str, str]]:
    """Judges the cases of a sample."""
    audit, maker = CaseAudit(files.ruleset), PageMaker(files.ruleset)
    pages, agencies = {}, {}
    for read in read_cases(files, wanted.__contains__):
        result = audit.of(read.case, read.view.as_of, read.source)
        pages[read.case.id] = maker.page(result, read.view)
        agencies[read.case.id] = read.agency
    return pages, agencies


def _rated(page: CasePage, agency: str, number: int) -> CaseRatings:
    return CaseRatings(
        case=page.case,
        agency=agency,
        number=number,
        questions=page.ratings,
        outcomes=page.outcomes,
        signs=page.signs,
    )


def _in_words(ruleset: Ruleset) -> str:
    layers = [f"{one.id} {one.version}" for one in ruleset.layers if one.id != ruleset.id]
    return " with ".join([f"{ruleset.id} {ruleset.version}", *layers])


def _file_name(agency: str, taken: frozenset[str]) -> str:
    """Names the workbook of an agency in letters that every file system takes."""
    stem = _ODD.sub("-", agency)
    place, name = 1, f"{stem}.xlsx"
    while name.casefold() in {one.casefold() for one in taken}:
        place += 1
        name = f"{stem}-{place}.xlsx"
    return name


_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")
