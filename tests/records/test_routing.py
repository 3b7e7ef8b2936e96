"""Routes are found by method and path: exact paths, parameters, HEAD, and what is refused."""

from __future__ import annotations

import pytest

from mockserver.records.routing import MethodNotAllowedError, NotFoundError, Route, Router

ROUTER = Router(
    (
        Route("GET", "/v1/models", "list models"),
        Route("GET", "/v1/models/{id}", "show model"),
        Route("POST", "/v1/files", "upload"),
        Route("GET", "/v1/files", "list files"),
        Route("GET", "/v1/files/{id}", "show file"),
        Route("DELETE", "/v1/files/{id}", "delete file"),
        Route("HEAD", "/v1/files/{id}/content", "size of file"),
        Route("GET", "/v1/files/{id}/content", "content"),
        Route("POST", "/v1/files/search", "search", wire="other"),
        Route("GET", "/static/{path:path}", "static"),
    )
)


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "parameters"),
    [
        ("GET", "/v1/models", "list models", {}),
        ("GET", "/v1/models/opus", "show model", {"id": "opus"}),
        ("GET", "/v1/models/a.b (c)", "show model", {"id": "a.b (c)"}),
        ("GET", "/v1/models/a\nb", "show model", {"id": "a\nb"}),
        ("POST", "/v1/files", "upload", {}),
        ("GET", "/v1/files", "list files", {}),
        ("DELETE", "/v1/files/1", "delete file", {"id": "1"}),
        ("GET", "/v1/files/1/content", "content", {"id": "1"}),
        ("GET", "/static/a/b.css", "static", {"path": "a/b.css"}),
        # An exact path comes before a pattern, and leaves other methods to it.
        ("POST", "/v1/files/search", "search", {}),
        ("GET", "/v1/files/search", "show file", {"id": "search"}),
        ("HEAD", "/v1/models", "list models", {}),
        ("HEAD", "/v1/models/opus", "show model", {"id": "opus"}),
        ("HEAD", "/v1/files/1/content", "size of file", {"id": "1"}),
    ],
)
def test_route_is_found(method: str, path: str, endpoint: str, parameters: dict[str, str]) -> None:
    found = ROUTER.find(method, path)
    assert found.route.endpoint == endpoint
    assert found.parameters == parameters


@pytest.mark.parametrize("path", ["", "/", "/v1/models/", "/v1/models/a/b", "/v1/model", "/static/", "/v1/modelsX"])
def test_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError):
        ROUTER.find("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/models", ("GET",)),
        ("PATCH", "/v1/files", ("POST", "GET")),
        ("PUT", "/v1/files/1", ("GET", "DELETE")),
        ("PUT", "/v1/files/search", ("POST", "GET", "DELETE")),
        ("get", "/v1/models", ("GET",)),
    ],
)
def test_other_methods_are_named(method: str, path: str, allowed: tuple[str, ...]) -> None:
    with pytest.raises(MethodNotAllowedError) as refused:
        ROUTER.find(method, path)
    assert refused.value.allowed == allowed


def test_head_needs_a_route_for_get() -> None:
    with pytest.raises(MethodNotAllowedError):
        Router((Route("POST", "/a", "a"),)).find("HEAD", "/a")


def test_wire_is_the_routes_own() -> None:
    assert ROUTER.find("POST", "/v1/files/search").route.wire == "other"
    assert ROUTER.find("GET", "/v1/files").route.wire == "messages"


def test_first_of_two_patterns_is_found() -> None:
    router = Router((Route("GET", "/{a}/x", 1), Route("GET", "/y/{b}", 2)))
    assert router.find("GET", "/y/x").route.endpoint == 1
