"""The callers of a stage: its people, the keys of its applications, and the owners of items."""
