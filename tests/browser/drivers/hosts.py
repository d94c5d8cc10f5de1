"""A name that every browser of a test takes for this machine's."""

PRINTER = "printer.example"
"""As another computer in a network is called; what has such a name is no secure context."""
