import assert from "node:assert/strict";
import { test } from "node:test";

(globalThis as { location?: unknown }).location = { hash: "#/requests/12?tab=why" };
(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
const { decode, link, place, shownRequest } = await import("../src/router.ts");

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
  assert.equal(decode("100%"), "100%");
});
