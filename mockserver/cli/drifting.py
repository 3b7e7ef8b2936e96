"""``mockserver drift``: compares the schemas with the SDKs installed beside the command."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.cli.output import tell, tell_error
from mockserver.records.terminal import escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mockserver.derive import Difference


def drift(typescript: Path | None = None, *, as_json: bool = False) -> int:
    """Print each difference; return the exit status: 1 when there is one, 2 when there is no SDK to compare with.

    Args:
        typescript: the folder of the TypeScript SDK; None looks for it in ``node_modules``.
        as_json: print one JSON object.
    """
    try:
        import anthropic

        from mockserver.derive import find_differences, surface
    except ModuleNotFoundError as error:
        tell_error(f"mockserver: drift compares with the anthropic SDK; {error.name} is not installed here.")
        return 2
    typescript = typescript or surface.find_typescript(Path.cwd())
    versions = {"anthropic": anthropic.__version__}
    if importlib.util.find_spec("openai") is not None:
        versions["openai"] = importlib.metadata.version("openai")
    if typescript is not None:
        versions["@anthropic-ai/sdk"] = surface.version_of(typescript)
    differences = find_differences(typescript)
    told = _format_json(differences, versions) if as_json else _format_text(differences)
    if told:
        tell(escape_text(told))
    *others, last = (f"{name} {version}" for name, version in versions.items())
    compared = f"{', '.join(others)} and {last}" if others else last
    tell_error(f"{len(differences)} differences from {compared}")
    return 1 if differences else 0


def _format_text(differences: Sequence[Difference]) -> str:
    """Two lines for each: the difference, and what it means."""
    return "\n".join(f"{_name(each)}{each}\n    {each.means}" for each in differences)


def _name(difference: Difference) -> str:
    return "" if difference.sdk == "anthropic" else f"{difference.sdk}: "


def _format_json(differences: Sequence[Difference], versions: Mapping[str, str]) -> str:
    rows = [{"sdk": each.sdk, "place": each.place, "change": each.change, "means": each.means} for each in differences]
    return json.dumps({"compared": versions, "differences": rows}, indent=2, ensure_ascii=False)
