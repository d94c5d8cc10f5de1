"""The service, called as Lambda calls it."""
