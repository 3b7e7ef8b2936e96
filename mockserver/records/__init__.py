"""Frozen records that travel between the stages; they import nothing but each other."""
