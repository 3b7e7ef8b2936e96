"""Loads before a server listens what it needs to refuse: with no descriptor left, nothing more can be read or imported.

What is slow to load and rarely needed (Faker, Jinja2, JSONPath, parts of the generator) waits until it is asked for:
`serving/connection.py` takes no connection that would use up the last descriptors, so that there are some left for it.
"""

from __future__ import annotations

from importlib import import_module

from mockserver.control import routes
from mockserver.reference import catalog, prebuilt, schemas

# Imported when first needed; they cost little beside what is there already.
_MODULES = ("difflib", "python_multipart", "mockserver.serving.control_parts", "mockserver.compose.generate")


def preload() -> None:
    """Read the files and import the modules that refusals need; once in a process."""
    for name in _MODULES:
        import_module(name)
    prebuilt.keep_files()
    schemas.keep_files()
    catalog.lookup("")
    routes.read_document()
