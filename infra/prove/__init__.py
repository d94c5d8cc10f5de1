"""The proof: random histories of calls to an API, and whether its responses are right."""
