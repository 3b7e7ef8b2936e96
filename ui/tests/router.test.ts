import assert from "node:assert/strict";
import { test } from "node:test";

(globalThis as { location?: unknown }).location = { hash: "#/requests/12?tab=why" };
(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
(globalThis as { history?: unknown }).history = { replaceState: (_: null, __: string, to: string) => (location.hash = to) };
const { decode, link, linkToRequest, place, replace, shownRequest } = await import("../src/router.ts");

test("the address says which request is shown", () => {
  assert.deepEqual(place.value.path, ["requests", "12"]);
  assert.equal(place.value.query.get("tab"), "why");
  assert.equal(shownRequest.value, 12);
});

test("names in a link are encoded", () => {
  assert.equal(link("scenarios", "a/b c"), "#/scenarios/a%2Fb%20c");
});

test("a part of an address that is no code stands for itself", () => {
  assert.equal(decode("a%20b"), "a b");
  replace("#/scenarios/100%");
  assert.deepEqual(place.value.path, ["scenarios", "100%"]);
});

test("links to requests keep the filter and the tab; that to the list keeps the filter", () => {
  replace("#/requests/12?filter=fjord&tab=why&at=messages.0");
  assert.equal(linkToRequest(13), "#/requests/13?filter=fjord&tab=why");
  assert.equal(linkToRequest(13, "raw"), "#/requests/13?filter=fjord&tab=raw");
  assert.equal(linkToRequest(null), "#/requests?filter=fjord");
  replace("#/server?tab=why");
  assert.equal(linkToRequest(13), "#/requests/13");
});
