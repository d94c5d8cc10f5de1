"""Schemathesis against a served contract, and what it has to have seen."""
