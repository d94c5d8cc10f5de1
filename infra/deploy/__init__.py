"""A deployment: from a contract, and what there already is, to a running stage."""
