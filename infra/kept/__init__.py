"""Items that are kept: how many of them a contract refuses, wherever they are."""
