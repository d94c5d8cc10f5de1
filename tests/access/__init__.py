"""The access matrix: every contract, every operation, every caller, and whose item."""
