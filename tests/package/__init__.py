"""The function's zip: what is in it, that it is always the same, that it runs by itself."""
