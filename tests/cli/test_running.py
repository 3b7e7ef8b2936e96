"""``mockserver run`` takes what ``serve`` takes, and says what it does; both speak https."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.cli.trusting import trust
from mockserver.serving.server import bind
from mockserver.serving.tls import Tls
from tests.serving.test_tls import HELLO, NAMED, OWN, OWN_KEY, SIGNED, trusting

COMMAND = [sys.executable, "-m", "mockserver"]
CLIENTS = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_KEY")
GIVEN = ("MOCKSERVER_", "ANTHROPIC_", "OPENAI_")
INHERITED = {name: value for name, value in os.environ.items() if not name.startswith(GIVEN)}
TLS = ("--ssl-certfile", OWN, "--ssl-keyfile", OWN_KEY)
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
ASK = """
import os, ssl, urllib.request as r
url = os.environ["ANTHROPIC_BASE_URL"] + "/_mock/health"
print(r.urlopen(url, context=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])).status)
"""


def run(*arguments: str, program: str = SHOW, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "run", *arguments, "--", sys.executable, "-c", program]
    environment = {**INHERITED, **variables}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_run_says_where_it_serves_and_what_it_sets() -> None:
    done = run(ANTHROPIC_AUTH_TOKEN="mine")
    given = json.loads(done.stdout)
    assert done.stderr == (
        f"mockserver: serves {given['ANTHROPIC_BASE_URL']} for the command; "
        "sets ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, NO_PROXY, OPENAI_API_KEY, OPENAI_BASE_URL, no_proxy; "
        "takes away ANTHROPIC_AUTH_TOKEN\n"
    )
    changed = {name for name, value in given.items() if INHERITED.get(name) != value} - {"LC_CTYPE"}
    assert changed == {"NO_PROXY", "no_proxy", *CLIENTS}
    assert given["OPENAI_BASE_URL"] == f"{given['ANTHROPIC_BASE_URL']}/v1"
    assert given["OPENAI_API_KEY"] == given["ANTHROPIC_API_KEY"]


def test_quiet_run_says_nothing() -> None:
    done = run("--quiet")
    assert (done.returncode, done.stderr) == (0, "")


def test_run_takes_the_options_of_serve(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("seed: 7\napi_keys: sk-mine\nreload: true\nexamples: true\n")
    program = (
        "import json, os, urllib.request as r\n"
        "url = os.environ['ANTHROPIC_BASE_URL']\n"
        "print(json.dumps([url, os.environ['ANTHROPIC_API_KEY'], json.load(r.urlopen(url + '/_mock/health'))]))"
    )
    with bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    config = str(tmp_path / "mockserver.yaml")
    done = run("--port", str(port), "--profile", "anthropic", program=program, MOCKSERVER_CONFIG=config)
    url, key, health = json.loads(done.stdout)
    assert (url, key) == (f"http://127.0.0.1:{port}", "sk-mine")
    assert health["profile"] == "anthropic"
    assert health["scenarios"] > 100
    assert f"for the command with options from {config}; sets " in done.stderr


def test_run_reloads(tmp_path: Path) -> None:
    fixture = tmp_path / "one.yaml"
    fixture.write_text("scenarios: [{name: one, reply: {text: before}}]")
    program = f"""
import os, time, json, urllib.request as r
def count():
    return json.load(r.urlopen(os.environ["ANTHROPIC_BASE_URL"] + "/_mock/health"))["scenarios"]
assert count() == 1
open({str(fixture)!r}, "w").write("scenarios: [{{name: one, reply: {{text: a}}}}, {{name: two, reply: {{text: b}}}}]")
deadline = time.monotonic() + 30
while count() == 1 and time.monotonic() < deadline:
    time.sleep(0.05)
print(count())
"""
    done = run("--reload", str(fixture), program=program)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_taken_port_of_run_is_told() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = run("--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"mockserver: port {port} on 127.0.0.1 is taken. Choose another with --port; 0 finds a free one.\n"
    )


def test_command_gets_the_token_of_a_server_that_others_reach() -> None:
    done = run("--host", "0.0.0.0")  # noqa: S104
    given = json.loads(done.stdout)
    assert len(given["MOCKSERVER_CONTROL_TOKEN"]) > 20
    assert given["MOCKSERVER_CONTROL_TOKEN"] not in done.stderr
    assert "MOCKSERVER_CONTROL_TOKEN" in done.stderr
    assert given["ANTHROPIC_BASE_URL"].startswith("http://127.0.0.1:")


def test_clients_of_run_trust_a_certificate_signed_by_itself() -> None:
    done = run(*TLS, program=ASK)
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
    assert "serves https://127.0.0.1:" in done.stderr
    assert "NODE_EXTRA_CA_CERTS, NO_PROXY, OPENAI_API_KEY, OPENAI_BASE_URL, SSL_CERT_FILE" in done.stderr


def test_certificate_of_an_authority_changes_nothing() -> None:
    given = json.loads(run("--ssl-certfile", SIGNED).stdout)
    assert given["ANTHROPIC_BASE_URL"].startswith("https://")
    assert {name: given.get(name) for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")} == {
        name: INHERITED.get(name) for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
    }


def test_trust_keeps_what_was_known_and_shows_no_key(tmp_path: Path) -> None:
    known = tmp_path / "known.pem"
    known.write_bytes(Path(OWN).read_bytes())
    with trust(Tls(NAMED), {"NODE_EXTRA_CA_CERTS": str(known), "SSL_CERT_FILE": str(tmp_path / "gone")}) as variables:
        pems = {name: Path(path).read_text() for name, path in variables.items()}
        assert pems["NODE_EXTRA_CA_CERTS"].count("BEGIN CERTIFICATE") == 2
        assert pems["SSL_CERT_FILE"].count("BEGIN CERTIFICATE") == 1
        assert "PRIVATE KEY" not in "".join(pems.values())
    assert not any(map(os.path.exists, variables.values()))
    with trust(Tls(NAMED), {}) as variables:
        assert Path(variables["SSL_CERT_FILE"]).read_text().count("BEGIN CERTIFICATE") > 1
    with trust(None, {}) as variables:
        assert variables == {}


@pytest.mark.parametrize("command", ["serve", "run"])
@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (["--ssl-certfile", OWN], 1, "mockserver: ssl_keyfile: expected a private key in PEM, there is none in *"),
        (["--ssl-certfile", "gone.pem"], 1, "mockserver: ssl_certfile: there is no file gone.pem."),
        (["--ssl-keyfile", OWN_KEY], 2, "*ssl_keyfile: expected ssl_certfile beside it, got none*"),
    ],
)
def test_certificate_that_cannot_be_used_is_told(command: str, given: list[str], status: int, told: str) -> None:
    ending = ["--", "true"] if command == "run" else ["--port", "0"]
    done = subprocess.run(
        [*COMMAND, command, *given, *ending], capture_output=True, text=True, env=INHERITED, timeout=60, check=False
    )
    assert done.returncode == status
    assert re.search(told.replace("*", ".*"), done.stderr), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_speaks_https(tmp_path: Path, workers: int) -> None:
    config = tmp_path / "mockserver.yaml"
    config.write_text(f"port: 0\nssl_certfile: {OWN}\nssl_keyfile: {OWN_KEY}\n")
    command = [*COMMAND, "serve", "--config", str(config), "--workers", str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=INHERITED)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert url.startswith("https://127.0.0.1:")
        with httpx.Client(verify=trusting(), timeout=60) as client:
            for _ in range(3):
                assert client.post(f"{url}/v1/messages", json=HELLO).status_code == 200
        process.terminate()
        told = process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert f"ANTHROPIC_BASE_URL={url}" in told
    assert f"NODE_EXTRA_CA_CERTS={OWN}" in told
    assert re.search(rf"options from .*{re.escape(str(config))}\n", told)
    assert "a client speaks" not in told


def test_context_of_the_tests_knows_our_certificate() -> None:
    """tests/conftest.py leaves out the public authorities, not ours."""
    assert isinstance(trusting(), ssl.SSLContext)
    assert len(trusting().get_ca_certs()) == 1
