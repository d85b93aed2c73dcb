"""Builders: small rulesets, overlays, cases and exports, each written in one way by all tests."""
