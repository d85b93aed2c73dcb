"""A small export, and what may stand anywhere in it, for readers that must see the same."""

from __future__ import annotations

from typing import Final

from msp_rules.intake.reading import ReadLimits

HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<case_export xmlns="urn:msp-rules:case-export:1" version="1">
  <header>
    <organisation>E10000000</organisation>
    <reference_date>2026-03-31</reference_date>
    <cases>8</cases>
  </header>
"""
CASE: Final = """  <case id="SA-{n}" agency="council">
    <adult ref="P-{n}"/>
    <concern_raised id="e1" occurred="2026-01-05"><source>gp</source></concern_raised>
    <case_closed id="e2" occurred="2026-02-05"><reason_text>No! Why? {n}</reason_text></case_closed>
  </case>
"""
END: Final = "</case_export>\n"
LIMITS: Final = ReadLimits(max_case_bytes=20_000, max_events=50)
ODDITIES: Final = (
    "<!-- </case> -->",
    "<!-- <case id='x'> -->",
    "<![CDATA[</case>]]>",
    "<?note </case>?>",
    "<case/>",
    '<case id="SA-2"/>',
    '<case id="SA-2"></case>',
    '<case id="nested"><adult ref="P"/></case>',
    "<cases>",
    "</case>",
    "<unclosed>",
    "<stray><case id='inside'></case></stray>",
    "text",
    "&amp;",
    "&unknown;",
    "\r\n",
    "\t",
    " ",
    "<",
    "\x01",
    "é",
    "<header><cases>3</cases></header>",
    " id='SA-9'",
    ' team="a>b"',
    ' team=" id="',
    ' xmlns="urn:other"',
    ' xmlns=""',
    "<end/>",
    ' id="SA-&#49;"',
    "x" * 30_000,
)


def export(cases: int = 8) -> str:
    """Gives an export of so many cases; its header announces eight."""
    return HEAD + "".join(CASE.format(n=n) for n in range(cases)) + END
