"""The command line: ``mockserver serve``, ``run``, ``check`` and ``drift``."""

from __future__ import annotations

from mockserver.cli.commands import main

__all__ = ["main"]
