"""The pytest plugin: fixtures that serve the mock to tests. Imports nothing heavy until a fixture is used."""

from __future__ import annotations
