"""The way from an export to the text of a first mapping file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from msp_rules.authoring.mapping_draft.export_walk import ExportWalk, XmlWalk
from msp_rules.authoring.mapping_draft.profile import read_profile
from msp_rules.authoring.mapping_draft.proposal import propose
from msp_rules.authoring.mapping_draft.structure import read_structure
from msp_rules.authoring.mapping_draft.table_walk import open_tables
from msp_rules.authoring.mapping_draft.writing import draft_text
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.intake.mapping.language import SourceForm, SourceKind


def draft_mapping(path: Path, vocabulary: Vocabulary) -> str:
    """A mapping file proposed for an export; raises InputUnreadable where none can be.

    The export is walked twice: once for its structure, once for what stands in its records.
    """
    tables = open_tables(path)
    if tables is None:
        return _draft_of(XmlWalk(path), SourceForm(), vocabulary)
    with closing(tables):
        return _draft_of(tables, tables.form, vocabulary)


def _draft_of(walk: ExportWalk, form: SourceForm, vocabulary: Vocabulary) -> str:
    structure = read_structure(walk, in_tables=form.kind is not SourceKind.XML)
    proposal = propose(structure, read_profile(walk, structure), vocabulary)
    return draft_text(proposal, walk.name, form)
