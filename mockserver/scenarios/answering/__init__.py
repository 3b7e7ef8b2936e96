"""The answers of scenarios: read, compiled, and filled in for a call."""
