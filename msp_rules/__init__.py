"""Making Safeguarding Personal as declarative rules that a case system can embed."""
