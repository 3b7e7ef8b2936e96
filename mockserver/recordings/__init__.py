"""Recorded exchanges: what was asked of an upstream, what it answered, and when each part of that came."""
