"""The whole stack, deployed by its own commands to an engine that stands in for AWS."""
