"""Frozen records that the stages pass on to each other; they import nothing else of this package."""
