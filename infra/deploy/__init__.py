"""The way of a deployment: from a contract, and what is there, to a stage that answers."""
