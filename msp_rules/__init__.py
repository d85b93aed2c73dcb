"""Making Safeguarding Personal as declarative rules that a case system can embed."""

__version__ = "0.1.0"
