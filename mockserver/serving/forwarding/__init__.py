"""Calls answered by an upstream: passed on as they come, in both directions, and recorded when they are over."""
