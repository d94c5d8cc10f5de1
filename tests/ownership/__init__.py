"""The callers of a stage: people, keys, and whose items are whose."""
