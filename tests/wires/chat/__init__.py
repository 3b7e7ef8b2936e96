"""Tests of the chat wire."""
