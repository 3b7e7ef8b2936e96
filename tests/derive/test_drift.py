"""What drift sees besides types: betas, error codes, routes, discriminators, last days; in either SDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anthropic
import pytest
from click.testing import CliRunner

from mockserver import derive
from mockserver.cli import main
from mockserver.derive import Derivation, Difference, chat, comparison, derivation, sdk, surface
from mockserver.derive.surface import Surface
from mockserver.reference import catalog, schemas

NOTED = surface.read_noted(schemas.folder())
DAYS = {
    "claude-mythos-preview": "2026-06-30",
    "claude-opus-4-5": "2027-01-22",
    "claude-opus-4-5-20251101": "2027-01-22",
    "claude-sonnet-4-5": "2026-11-30",
    "claude-sonnet-4-5-20250929": "2026-11-30",
}


@pytest.fixture
def same(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An SDK without any difference, whichever is installed."""
    monkeypatch.setattr(derivation, "derive", lambda: Derivation({}, ()))
    monkeypatch.setattr(chat, "derive", lambda: Derivation({}, ()))
    monkeypatch.setattr(sdk, "list_models", list)
    monkeypatch.setattr(sdk, "list_thread_codes", list)
    monkeypatch.setattr(surface, "read_python", lambda: NOTED)
    return monkeypatch


def find(same: pytest.MonkeyPatch, **changed: Any) -> dict[str, tuple[str, str]]:
    """The change and its meaning by place, when the SDK has these parts."""
    given = {name: getattr(NOTED, name) for name in Surface.__struct_fields__} | changed
    same.setattr(surface, "read_python", lambda: Surface(**given))
    return {each.place: (each.change, each.means) for each in derive.find_differences()}


def test_surface_is_that_of_the_schemas() -> None:
    assert set(NOTED.betas or ()) == set(json.loads((schemas.folder() / "betas.json").read_bytes())["enum"])
    assert NOTED.retirements == DAYS
    assert {"400", "400 invalid_metadata", "529"} <= set(NOTED.errors or ())
    assert {"POST /v1/messages", "GET /v1/models/{}", "DELETE /v1/files/{}"} <= set(NOTED.routes or ())
    assert (NOTED.discriminators or {})["bash_code_execution_tool_result_block content"] == "type"


def test_catalogue_knows_the_days_of_the_sdk(same: pytest.MonkeyPatch) -> None:
    assert find(same) == {}
    assert {catalog.lookup(name).lifecycle for name in DAYS} == {"deprecated"}


def test_new_and_lost_betas_are_told(same: pytest.MonkeyPatch) -> None:
    assert find(same, betas=(*(NOTED.betas or ())[1:], "new-2027-01-01")) == {
        "betas computer-use-2024-10-22": ("no longer in the SDK", "the server still takes it"),
        "betas new-2027-01-01": (
            "new in the SDK",
            "profile anthropic refuses it; --accept-beta new-2027-01-01 accepts it",
        ),
    }


def test_new_error_codes_are_told(same: pytest.MonkeyPatch) -> None:
    told = find(same, errors=(*(NOTED.errors or ()), "409 busy", "418"))
    assert {place: change for place, (change, _) in told.items()} == {
        "errors 409 busy": "new in the SDK",
        "errors 418": "new in the SDK",
    }
    assert told["errors 409 busy"][1].endswith("script it with error: {status: 409, error_code: busy}")
    assert told["errors 418"][1].endswith("script it with error: {status: 418}")


def test_new_and_lost_routes_are_told(same: pytest.MonkeyPatch) -> None:
    routes = {*(NOTED.routes or ()), "PUT /v1/dreams/{}/nap"} - {"GET /v1/models"}
    told = find(same, routes=tuple(routes))
    assert told["routes PUT /v1/dreams/{}/nap"][1].endswith("when: {method: PUT, path: /v1/dreams/*/nap}")
    assert told["routes GET /v1/models"] == ("no longer in the SDK", "clients of this SDK do not call it any more")
    assert len(told) == 2


@pytest.mark.parametrize(
    ("changed", "change"),
    [
        ({"new_block content": "kind"}, "new in the SDK: kind"),
        ({"bash_code_execution_tool_result_block content": "kind"}, "type is now kind"),
    ],
)
def test_discriminators_are_told(same: pytest.MonkeyPatch, changed: dict[str, str], change: str) -> None:
    told = find(same, discriminators={**(NOTED.discriminators or {}), **changed})
    assert [change for change, _ in told.values()] == [change]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"claude-sonnet-4-6": "2027-05-01"}, {"claude-sonnet-4-6": "new in the SDK: 2027-05-01"}),
        ({"claude-opus-4-5": "2027-03-01"}, {"claude-opus-4-5": "2027-01-22 is now 2027-03-01"}),
        ({"claude-opus-9": "2029-03-01"}, {"claude-opus-9": "new in the SDK: 2029-03-01"}),
    ],
)
def test_days_of_models_are_told(same: pytest.MonkeyPatch, changed: dict[str, str], told: dict[str, str]) -> None:
    found = find(same, retirements={**DAYS, **changed})
    assert {place: change for place, (change, _) in found.items()} == {
        f"retirements {name}": change for name, change in told.items()
    }
    (name, day) = next(iter(changed.items()))
    assert found[f"retirements {name}"][1].endswith(f"models: {{{name}: {{retires_at: {day}}}}}")


def test_days_that_the_sdk_dropped_are_told(same: pytest.MonkeyPatch) -> None:
    days = {name: day for name, day in DAYS.items() if "sonnet" not in name}
    (place, (change, _)) = next(iter(find(same, retirements=days).items()))
    assert place == "retirements claude-sonnet-4-5-20250929"
    assert change == "no longer in the SDK, 2026-11-30 in the catalogue"


def test_parts_that_an_sdk_lacks_are_not_compared(same: pytest.MonkeyPatch) -> None:
    assert find(same, betas=None, errors=None, routes=None, discriminators=None, retirements=None) == {}


@pytest.fixture
def typescript(tmp_path: Path) -> Path:
    """A small TypeScript SDK, in the form of the real one."""
    folder = tmp_path / "node_modules/@anthropic-ai/sdk"
    for name in ("resources/beta", "resources/messages", "core", "internal/data"):
        (folder / name).mkdir(parents=True)
    (folder / "package.json").write_text('{"version": "9.9.9"}')
    (folder / "resources/beta/beta.d.ts").write_text("export type AnthropicBeta = (string & {}) | 'a-1' | 'b-2';\n")
    (folder / "core/error-classes.js").write_text("new Map([\n    ['400 busy', messages_1.BusyError],\n])")
    (folder / "internal/data/deprecated-models.js").write_text("{\n    'claude-opus-4-5': 'March 3rd, 2027',\n}")
    (folder / "resources/messages/messages.js").write_text(
        "return this._client.post('/v1/messages', {\n"
        "return this._client.get((0, path_1.path) `/v1/messages/batches/${messageBatchID}?beta=true`, {\n"
        "return this._client.getAPIList('/v1/messages/batches', (pagination_1.Page), {\n"
    )
    return folder


def test_typescript_sdk_is_read(typescript: Path) -> None:
    assert surface.read_typescript(typescript) == Surface(
        betas=("a-1", "b-2"),
        errors=("400 busy",),
        routes=("GET /v1/messages/batches", "GET /v1/messages/batches/{}", "POST /v1/messages"),
        retirements={"claude-opus-4-5": "2027-03-03"},
    )
    assert surface.version_of(typescript) == "9.9.9"


def test_typescript_sdk_is_found_above(typescript: Path, tmp_path: Path) -> None:
    (tmp_path / "deep/er").mkdir(parents=True)
    assert surface.find_typescript(tmp_path / "deep/er") == typescript


@pytest.mark.usefixtures("same")
def test_typescript_sdk_is_compared(typescript: Path) -> None:
    found = derive.find_differences(typescript)
    assert {each.sdk for each in found} == {comparison.TYPESCRIPT}
    told = set(map(str, found))
    assert {
        "betas a-1: new in the SDK",
        "errors 400 busy: new in the SDK",
        "retirements claude-opus-4-5: 2027-01-22 is now 2027-03-03",
        "routes GET /v1/models: no longer in the SDK",
    } <= told
    # Its table has no statuses without a code.
    assert "errors 400: no longer in the SDK" not in told


FOUND = Difference("models.yaml claude-opus-9", "new in the SDK", "it is a 404")


@pytest.mark.parametrize("found", [[], [FOUND]])
def test_command_tells_the_drift(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, found: list[Difference], typescript: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(derive, "find_differences", lambda folder: found if folder == typescript else None)
    told = CliRunner().invoke(main, ["drift"])
    lines = [line for each in found for line in (str(each), f"    {each.means}")]
    assert (told.exit_code, told.stdout.splitlines()) == (len(found), lines)
    compared = f"anthropic {anthropic.__version__}, openai {chat.VERSION} and @anthropic-ai/sdk 9.9.9"
    assert told.stderr == f"{len(found)} differences from {compared}\n"
    told = CliRunner().invoke(main, ["drift", "--json", "--typescript", str(typescript)])
    shown = json.loads(told.stdout)
    assert told.exit_code == len(found)
    versions = {"anthropic": anthropic.__version__, "openai": chat.VERSION, "@anthropic-ai/sdk": "9.9.9"}
    assert shown["compared"] == versions
    assert [row["means"] for row in shown["differences"]] == [each.means for each in found]
