"""The recipes in ``examples/`` and the container: each runs, or is at least what it claims to be."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from mockserver import MockServer
from mockserver.serving.assembly import lint
from tests.clients.test_typescript import FOLDER as TYPESCRIPT
from tests.clients.test_typescript import missing
from tests.serving.test_tls import NAMED

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
CI = EXAMPLES / "ci"
# The commands of the project's own environment come first.
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

# Stands in for vitest: the few words the example uses, on what Node brings itself. Each test is tried twice, as by a
# runner that repeats what failed.
NODE_TEST = """
import assert from "node:assert/strict";
import { test as once } from "node:test";
const test = (name, work) => once(name, async () => { await work(); await work(); });
const expect = (value) => ({ toBe: (wanted) => assert.equal(value, wanted) });
"""


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(bool(missing()), reason=missing() or "present")
def test_javascript_example_passes(tmp_path: Path) -> None:
    """With the runner of Node instead of vitest, which would have to be installed."""
    folder = tmp_path / "javascript"
    shutil.copytree(EXAMPLES / "javascript", folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    test = folder / "assistant.test.js"
    source, replaced = re.subn(r'import \{ expect, test \} from "vitest";', NODE_TEST, test.read_text("utf-8"))
    assert replaced == 1
    test.write_text(source)
    command = json.loads((folder / "package.json").read_text("utf-8"))["scripts"]["test"]
    told = run(shlex.split(command.replace("vitest run", "node --test")), folder)
    assert re.search(r"pass 3\b", told), told


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with scenarios and a test that asks, as the recipes for CI expect it."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "hello.yaml").write_text("scenarios: [{name: hello, when: {user: hello}, reply: {text: Hi.}}]")
    (tmp_path / "test_it.py").write_text(
        """
import json, os, urllib.request

def test_hello():
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    headers = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "content-type": "application/json"}
    url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as response:
        assert json.load(response)["content"][0]["text"] == "Hi."
"""
    )
    return tmp_path


def commands() -> list[Any]:
    """Our commands in the recipes for CI."""
    github = yaml.safe_load((CI / "github-actions.yml").read_text("utf-8"))
    gitlab = yaml.safe_load((CI / "gitlab-ci.yml").read_text("utf-8"))
    steps = [step["run"] for step in github["jobs"]["test"]["steps"] if "run" in step]
    return [
        pytest.param(command, id=command)
        for command in dict.fromkeys([*steps, *gitlab["test"]["script"]])
        if command.startswith("mockserver ")
    ]


@pytest.mark.parametrize("command", commands())
def test_commands_for_ci_run(project: Path, command: str) -> None:
    if command.endswith("-- pytest"):
        command += " -q -p no:cacheprovider -p no:hypothesispytest -p no:faker -p no:anyio -p no:asyncio -p no:xdist"
    run(shlex.split(command), project)
    if " run " in command:
        assert json.loads((project / "requests.json").read_text("utf-8"))["requests"][0]["scenario"] == "hello"
        assert '<testcase classname="POST /v1/messages"' in (project / "requests.xml").read_text("utf-8")


def test_recipes_keep_the_reports_they_make() -> None:
    github = yaml.safe_load((CI / "github-actions.yml").read_text("utf-8"))
    gitlab = yaml.safe_load((CI / "gitlab-ci.yml").read_text("utf-8"))
    (upload,) = [step for step in github["jobs"]["test"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == "requests.*"
    assert gitlab["test"]["artifacts"]["reports"]["junit"] == "requests.xml"


def test_installation_is_one_that_readers_can_have() -> None:
    """What the package index has, or the repository: this package is not on the index."""
    files = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", *sorted(CI.iterdir())]
    lines = [line for file in files for line in re.findall(r"pip install ([^`\n]+)", file.read_text("utf-8"))]
    assert len(lines) > 3
    assert [
        line
        for line in lines
        if not line.startswith(
            (
                "git+https://github.com/OWNER/",
                "'messages-mockserver[record] @ git+https://github.com/OWNER/",
                "'messages-mockserver[valkey] @ git+https://github.com/OWNER/",
                "prometheus-client",
                "locust",
                "pytest anthropic",
            )
        )
    ] == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_certificate_of_the_page_serves(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "config.md").read_text("utf-8")
    (made,) = re.findall(r"^openssl .*?[^\\]\n", page, re.DOTALL | re.MULTILINE)
    run(shlex.split(made.replace("\\\n", " ")), tmp_path)
    command = [sys.executable, "-c", "import os; print(os.environ['ANTHROPIC_BASE_URL'], os.environ['SSL_CERT_FILE'])"]
    options = ("--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem")
    told = run([sys.executable, "-m", "mockserver", "run", *options, "--", *command], tmp_path)
    assert told.startswith("https://127.0.0.1:")


def test_scenarios_of_examples_hold_no_mistakes() -> None:
    files = [str(path) for path in sorted(EXAMPLES.glob("*/scenarios"))]
    assert len(files) == 3
    assert lint(files) == []


# The container


def instructions() -> dict[str, str]:
    """The Dockerfile's last word on each instruction."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines if line and not line.startswith("#")}


def test_container_is_slim_and_not_root() -> None:
    told = instructions()
    assert told["FROM"].endswith("-slim")
    assert told["USER"] != "root"
    assert f"useradd --uid 10001 --create-home {told['USER']}" in told["RUN"]


def test_container_has_what_it_installs() -> None:
    """What the build copies is what the wheel is made of."""
    kept = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"
    }
    assert kept == {"mockserver", "schemas", "fixtures", "pyproject.toml", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in kept)


def test_container_is_found_healthy_only_while_it_is() -> None:
    command = json.loads(instructions()["HEALTHCHECK"].partition(" CMD ")[2])

    def status(port: str, **more: str) -> int:
        environment = {**ENVIRONMENT, "MOCKSERVER_PORT": port, **more}
        command[0] = sys.executable
        return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=30).returncode

    with MockServer() as server:
        port = server.url.rpartition(":")[2]
        assert status(port) == 0
    assert status(port) == 1
    with MockServer(ssl_certfile=NAMED) as server:
        assert status(server.url.rpartition(":")[2], MOCKSERVER_SSL_CERTFILE=NAMED) == 0


def test_container_serves_its_folder(tmp_path: Path) -> None:
    """The very command and environment of the image, on a free port of this machine."""
    told = instructions()
    given = dict(pair.split("=") for pair in told["ENV"].split())
    assert (given["MOCKSERVER_HOST"], given["MOCKSERVER_PORT"]) == ("0.0.0.0", "8000")  # noqa: S104  inside the container
    command = [*json.loads(told["ENTRYPOINT"]), *json.loads(told["CMD"])]
    assert command[-1] == told["VOLUME"]
    command[-1] = str(tmp_path)
    services = yaml.safe_load((CI / "compose.yaml").read_text("utf-8"))["services"]
    environment = {
        **ENVIRONMENT,
        **given,
        **services["mock"]["environment"],
        "MOCKSERVER_PORT": "0",
        "MOCKSERVER_HOST": "127.0.0.1",
    }
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            health = httpx2.get(f"{url}/_mock/health", headers={"host": "mock:8000"})
            assert health.json()["status"] == "ok"
            token = services["app"]["environment"]["MOCKSERVER_CONTROL_TOKEN"]
            for sent, status in (token, 200), ("", 401):
                headers = {"host": "mock:8000", "x-mock-token": sent}
                assert httpx2.get(f"{url}/_mock/requests", headers=headers).status_code == status
        finally:
            process.terminate()


def test_compose_waits_for_a_healthy_mock() -> None:
    services = yaml.safe_load((CI / "compose.yaml").read_text("utf-8"))["services"]
    assert services["app"]["depends_on"]["mock"]["condition"] == "service_healthy"
    assert services["app"]["environment"]["ANTHROPIC_BASE_URL"] == "http://mock:8000"


# A browser app


def test_page_gets_a_mock_that_reloads() -> None:
    command = shlex.split(json.loads((EXAMPLES / "vite" / "package.json").read_text("utf-8"))["scripts"]["dev"])
    assert command[-2:] == ["--", "vite"]
    shown = [*command[:1], "config", "--json", *command[1:]]
    options = json.loads(run(shown, EXAMPLES / "vite"))["options"]
    assert {name: options[name]["value"] for name in ("reload", "pace", "fixtures")} == {
        "reload": True,
        "pace": "realtime",
        "fixtures": ["scenarios"],
    }


def test_page_may_do_all_that_its_sdk_does() -> None:
    """The preflight and the request of the Vite example, as a browser sends them; the page has another origin."""
    page = "http://localhost:5173"
    asked = (
        "anthropic-dangerous-direct-browser-access,anthropic-version,content-type,x-api-key,x-stainless-arch,"
        "x-stainless-helper-method,x-stainless-lang,x-stainless-os,x-stainless-package-version,"
        "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout"
    )
    with MockServer(EXAMPLES / "vite" / "scenarios") as server, httpx2.Client(base_url=server.url) as client:
        wanted = {"access-control-request-method": "POST", "access-control-request-headers": asked}
        preflight = client.options("/v1/messages", headers={"origin": page, **wanted})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] in ("*", page)
        allowed = re.split(r",\s*", preflight.headers["access-control-allow-headers"].lower())
        assert set(asked.split(",")) <= set(allowed)
        hello = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "A story!"}]}
        answered = client.post("/v1/messages", json=hello, headers={"origin": page, "x-api-key": "any-key"})
        assert answered.headers["access-control-allow-origin"] in ("*", page)
        assert answered.json()["content"][0]["text"].startswith("Once upon a time")


@pytest.mark.parametrize("folder", ["javascript", "vite"])
def test_packages_name_what_they_use(folder: str) -> None:
    package = json.loads((EXAMPLES / folder / "package.json").read_text("utf-8"))
    sources = "".join(path.read_text("utf-8") for path in (EXAMPLES / folder).glob("*.js"))
    used = {name for name in re.findall(r'from "([^."][^"]*)"', sources) if not name.startswith("node:")}
    assert used == {*package.get("dependencies", {}), *package.get("devDependencies", {})}
    ours = json.loads((TYPESCRIPT / "package.json").read_text("utf-8"))["dependencies"]
    assert package["dependencies"] == {name: f"^{ours[name]}" for name in package["dependencies"]}
