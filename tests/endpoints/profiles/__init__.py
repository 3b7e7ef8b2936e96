"""Tests of user profiles."""
