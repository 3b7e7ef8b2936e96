"""Drift of cassettes: asks their upstream again, and compares the shape of the answers."""
