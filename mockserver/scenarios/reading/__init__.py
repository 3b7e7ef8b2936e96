"""Fixture documents: their values, and where in the file each one stands."""
