"""Fits the rates by which tokens are counted to recorded usage: ``make fit``. Its rows are also what tests measure."""
