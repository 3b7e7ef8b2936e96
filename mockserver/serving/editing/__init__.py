"""Scenarios as texts to be edited, and the files of ``--allow-edit`` into which they may be written."""
