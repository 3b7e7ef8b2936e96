"""Schemathesis asks a running server for all that our descriptions allow, and for what they do not."""
