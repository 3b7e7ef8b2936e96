import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../src/try/send.ts";

const page = globalThis as { document?: unknown; location?: unknown; addEventListener?: unknown };
page.document = { baseURI: "http://127.0.0.1:8000/_session/own/_mock/" };
page.location = { href: "http://127.0.0.1:8000/_session/own/_mock/", hash: "" };
page.addEventListener = () => undefined;
const { isKeyLabel, makeAddress, makeHeaders } = await import("../src/try/send.ts");

const DRAFT: Draft = { path: "/v1/messages", text: "{}", version: "2023-06-01", betas: "", key: "sk-ant-x", session: "demo" };
const ROOT = new URL("http://127.0.0.1:8000/");
const OWN = new URL("http://127.0.0.1:8000/_session/own/");

test("headers that are empty are not sent", () => {
  assert.deepEqual(makeHeaders(DRAFT, "relay"), {
    "content-type": "application/json",
    "x-api-key": "sk-ant-x",
    "anthropic-version": "2023-06-01",
    "x-mock-session": "demo",
  });
  assert.equal(makeHeaders({ ...DRAFT, version: " 2023-06-01\t" }, "relay")["anthropic-version"], "2023-06-01");
});

test("the key of the chat wire is a bearer", () => {
  const draft = { ...DRAFT, path: "/v1/chat/completions" };
  assert.deepEqual(makeHeaders(draft, "relay"), { "content-type": "application/json", authorization: "Bearer sk-ant-x", "x-mock-session": "demo" });
  assert.equal(makeHeaders({ ...draft, key: " " }, "relay")["authorization"], undefined);
});

test("the API of the strict profile wants to know of a page", () => {
  assert.equal(makeHeaders(DRAFT, "anthropic")["anthropic-dangerous-direct-browser-access"], "true");
});

test("a session that goes by its key is not named", () => {
  for (const session of ["sk-…abcd", "key-e92a"]) {
    assert.ok(isKeyLabel(session));
    assert.equal(makeHeaders({ ...DRAFT, session }, "relay")["x-mock-session"], undefined);
    assert.equal(makeAddress({ ...DRAFT, session }, ROOT).pathname, "/v1/messages");
  }
  assert.ok(!isKeyLabel("key-to-success"));
});

test("a name that no header can hold stands in the path", () => {
  const draft = { ...DRAFT, session: "Zürich" };
  assert.equal(makeHeaders(draft, "relay")["x-mock-session"], undefined);
  assert.equal(makeAddress(draft, ROOT).pathname, "/_session/Z%C3%BCrich/v1/messages");
});

test("the chosen session goes before the one of the page", () => {
  assert.equal(makeAddress(DRAFT, OWN).pathname, "/v1/messages");
  assert.equal(makeAddress({ ...DRAFT, session: "" }, OWN).pathname, "/_session/own/v1/messages");
});

test("no path leads to what changes the server", () => {
  for (const path of ["/_mock/reset", "/v1/../_mock/reset", "/%2e%2e/%5Fmock/reset", "/_session/x/%5f%6Dock", "_mock"]) {
    for (const session of ["", "demo", "Zürich"]) {
      assert.throws(() => makeAddress({ ...DRAFT, path, session }, OWN), /leads to \/_mock/);
    }
  }
  assert.equal(makeAddress({ ...DRAFT, path: "/v1/_mocking?a=/_mock/" }, ROOT).pathname, "/v1/_mocking");
});

test("no path leads to another server", () => {
  for (const path of ["http://elsewhere/x", "//elsewhere/x", "/../x?y=1"]) {
    assert.equal(makeAddress({ ...DRAFT, path }, ROOT).origin, ROOT.origin);
  }
  assert.equal(makeAddress({ ...DRAFT, path: "/v1/messages?beta=true" }, ROOT).search, "?beta=true");
});
