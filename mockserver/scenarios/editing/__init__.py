"""Edits the scenarios of a file in its text: what is not edited stays as it was written."""
