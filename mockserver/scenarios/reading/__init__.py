"""Fixture documents: their values, and the place of each in the file."""
