"""The beginning of a small ruleset.yaml, for tests that write rulesets of their own."""

SMALL_RULESET = """\
ruleset: small
title: A small ruleset
version: "1.0.0"
nation: England
sources:
  care-act: "Care Act 2014"
settings:
  office_close: "17:00"
  temporary_codes: [unsafe]
  max_temporary_reason:
    unit: working_days
    values:
      - {from: 2015-04-01, value: 10, basis: assumed, source: "project decision"}
"""
