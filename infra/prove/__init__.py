"""The proof: random histories of calls to an API, and whether its answers are the right ones."""
