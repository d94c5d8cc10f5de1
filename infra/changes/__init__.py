"""Changes of a contract: what they do to clients, kept items, the gateway and the table."""
