"""The files for Compose and Kubernetes: no engine runs them here. What they say of the mock is true of it (options,
paths, ports, users), and what they say of each other fits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from mockserver import MockServer
from mockserver.serving.assembly import lint
from tests.docs.test_recipes import EXAMPLES, instructions

DEPLOY = EXAMPLES / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8")))
OBJECTS = {(each["kind"], each["metadata"]["name"]): each for each in KUBERNETES}
POD = OBJECTS["Deployment", "mock"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
TOKEN = "MOCKSERVER_CONTROL_TOKEN"


def read_options(arguments: list[str], given: Mapping[str, str]) -> dict[str, Any]:
    """What our command makes of a command line and an environment, in the image."""
    image = dict(pair.split("=") for pair in instructions()["ENV"].split())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    verb, *options = arguments
    command = [sys.executable, "-m", "mockserver", "config", verb, "--json", *options]
    done = subprocess.run(
        command, env={**kept, **image, **given}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: each["value"] for name, each in json.loads(done.stdout)["options"].items()}


def check_store(url: str, services: Mapping[str, int], folders: set[str]) -> None:
    """The engine is a service that there is, and the folder a mounted one."""
    pytest.importorskip("valkey")
    from mockserver.store.valkey.address import read_address

    address = read_address(url)
    host, _, port = address.url.partition("://")[2].partition("/")[0].partition(":")
    assert services[host] == int(port)
    assert address.name != "mock"
    assert str(address.files) in folders


def test_compose_names_options_that_there_are() -> None:
    service = COMPOSE["services"]["mock"]
    given = {**service["environment"], TOKEN: "given"}
    assert read_options(json.loads(instructions()["CMD"])[:1], given)["store"] == given["MOCKSERVER_STORE"]
    folders = {volume.split(":")[1] for volume in service["volumes"]}
    assert instructions()["VOLUME"] in folders
    check_store(given["MOCKSERVER_STORE"], {"valkey": 6379}, folders)


def test_compose_has_replicas_behind_one_address() -> None:
    services = COMPOSE["services"]
    assert services["mock"]["deploy"]["replicas"] == 2
    assert "ports" not in services["mock"], "two replicas cannot have one port of the machine"
    assert services["mock"]["environment"][TOKEN].startswith("${MOCKSERVER_CONTROL_TOKEN:?")
    (config,) = services["front"]["configs"]
    front = COMPOSE["configs"][config["source"]]["content"].replace("$$", "$")
    assert f"set $mock http://mock:{instructions()['EXPOSE']};" in front
    assert "proxy_buffering off;" in front
    assert {name for service in services.values() for name in service.get("depends_on", ())} <= set(services)
    assert {volume.split(":")[0] for volume in services["mock"]["volumes"]} & set(COMPOSE["volumes"])


def test_kubernetes_names_options_that_there_are(tmp_path: Path) -> None:
    store = CONTAINER["args"][-1]
    arguments = [str(tmp_path) if each == instructions()["VOLUME"] else each for each in CONTAINER["args"]]
    told = read_options(arguments, {each["name"]: "given" for each in CONTAINER["env"]})
    assert (told["store"], told["quiet"]) == (store, True)
    services = {
        name: port["port"]
        for (kind, name), each in OBJECTS.items()
        if kind == "Service"
        for port in each["spec"]["ports"]
    }
    check_store(store, services, {mount["mountPath"] for mount in CONTAINER["volumeMounts"]})


def test_kubernetes_asks_for_health_where_it_is_told() -> None:
    probes = {name: CONTAINER[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert probes["readiness"]["path"] == "/_mock/health"
    assert probes["liveness"]["path"] == probes["startup"]["path"] == "/_mock/ready"
    (port,) = CONTAINER["ports"]
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert str(port["containerPort"]) == instructions()["EXPOSE"]
    # Whoever asks has no token.
    with MockServer(control_token="given") as server:
        assert {httpx2.get(server.url + probe["path"]).status_code for probe in probes.values()} == {200}


def test_kubernetes_objects_fit_each_other() -> None:
    for (kind, name), each in OBJECTS.items():
        if kind == "Deployment":
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"] == labels
            assert OBJECTS["Service", name]["spec"]["selector"] == labels
            names = {port["name"] for part in each["spec"]["template"]["spec"]["containers"] for port in part["ports"]}
            assert {port["targetPort"] for port in OBJECTS["Service", name]["spec"]["ports"]} == names
    (token,) = [each["valueFrom"]["secretKeyRef"] for each in CONTAINER["env"]]
    assert token["key"] in OBJECTS["Secret", token["name"]]["stringData"]
    assert {mount["name"] for mount in CONTAINER["volumeMounts"]} == {volume["name"] for volume in POD["volumes"]}
    assert OBJECTS["Deployment", "mock"]["spec"]["replicas"] == 2
    (claim,) = [key for key in OBJECTS if key[0] == "PersistentVolumeClaim"]
    assert OBJECTS[claim]["spec"]["accessModes"] == ["ReadWriteMany"]
    # The image's own user, who may write in the volume.
    assert f"--uid {POD['securityContext']['runAsUser']} " in instructions()["RUN"]


def test_images_have_versions() -> None:
    images = [each["image"] for each in COMPOSE["services"].values() if "image" in each]
    images += [
        part["image"]
        for each in KUBERNETES
        if each["kind"] == "Deployment"
        for part in each["spec"]["template"]["spec"]["containers"]
    ]
    assert len(images) == 4
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_scenarios_of_the_manifest_hold_no_mistakes(tmp_path: Path) -> None:
    for name, text in OBJECTS["ConfigMap", "mock-scenarios"]["data"].items():
        (tmp_path / name).write_text(text)
    assert lint([str(tmp_path)]) == []


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml"])
def test_files_say_that_they_were_not_run(name: str) -> None:
    assert "not run where this was written" in (DEPLOY / name).read_text("utf-8")
