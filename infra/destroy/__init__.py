"""Destruction: what there is of a stage, its removal, and the proof that nothing is left."""
