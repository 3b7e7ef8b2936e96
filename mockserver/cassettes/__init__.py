"""Cassettes: scenario files made of recorded exchanges."""
