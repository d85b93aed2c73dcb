"""Checks, without a network, that a vendor's adapter keeps the contract of plug-ins."""

from msp_rules.prompts.conformance.kit import check_adapter
from msp_rules.prompts.conformance.report import CheckResult, CheckStatus, Report, as_plain, as_text
from msp_rules.prompts.conformance.sandbox import Adapter

__all__ = [
    "Adapter",
    "CheckResult",
    "CheckStatus",
    "Report",
    "as_plain",
    "as_text",
    "check_adapter",
]
