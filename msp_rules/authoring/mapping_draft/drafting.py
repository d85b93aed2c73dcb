"""The way from an export to the text of a first mapping file."""

from __future__ import annotations

from pathlib import Path

from msp_rules.authoring.mapping_draft.export_walk import ExportWalk, XmlWalk
from msp_rules.authoring.mapping_draft.profile import read_profile
from msp_rules.authoring.mapping_draft.proposal import propose
from msp_rules.authoring.mapping_draft.structure import read_structure
from msp_rules.authoring.mapping_draft.writing import draft_text
from msp_rules.casework.vocabulary import Vocabulary


def draft_mapping(path: Path, vocabulary: Vocabulary) -> str:
    """A mapping file proposed for an export; raises InputUnreadable where none can be.

    The export is walked twice: once for its structure, once for what stands in its records.
    """
    return draft_of(XmlWalk(path), vocabulary)


def draft_of(walk: ExportWalk, vocabulary: Vocabulary) -> str:
    """A mapping file proposed for an export that can be walked."""
    structure = read_structure(walk)
    proposal = propose(structure, read_profile(walk, structure), vocabulary)
    return draft_text(proposal, walk.name)
