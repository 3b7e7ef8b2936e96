import assert from "node:assert/strict";
import { test } from "node:test";
import { outline } from "../src/request/outline.ts";
import { findMessages, groupChanges } from "../src/request/runs.ts";
import type { Change, Json } from "../src/types.ts";

test("values are written as lines, texts as they are", () => {
  const value = { role: "user", content: [{ type: "text", text: "one\ntwo" }, { type: "image", source: {}, n: 1.5, ok: null }] };
  assert.equal(
    outline(value),
    ["role: user", "content:", "  - type: text", "    text:", "      one", "      two", "  - type: image", "    source: {}", "    n: 1.5", "    ok: null"].join("\n"),
  );
  assert.equal(outline("a\nb"), "a\nb");
  assert.equal(outline([]), "[]");
});

test("long data are cut where they are not compared", () => {
  const data = { data: "A".repeat(5000) };
  assert.equal(outline(data, true), `data: ${"A".repeat(48)}… (5,000 characters)`);
  assert.equal(outline(data), `data: ${"A".repeat(5000)}`);
  assert.equal(outline({ text: "word ".repeat(100) }, true), `text: ${"word ".repeat(100)}`);
});

test("deep values do not indent without end", () => {
  let value: Json = 1;
  for (let depth = 0; depth < 200; depth++) value = { a: value };
  assert.ok(outline(value).split("\n").length < 70);
});

test("what is the same goes together", () => {
  const change = (path: string, kind: Change["kind"]): Change => ({ path, kind, before: null, after: null });
  const groups = groupChanges([change("a", "same"), change("b", "same"), change("c", "added"), change("d", "same")]);
  assert.deepEqual(groups.map((group) => [group.kind, group.changes.length]), [["same", 2], ["added", 1], ["same", 1]]);
});

test("messages that were added are found with their places", () => {
  const change = (path: string): Change => ({ path, kind: "added", before: null, after: { role: "user" } });
  assert.deepEqual(findMessages({ kind: "added", changes: [change("messages[3]")] }), [[3, { role: "user" }]]);
  assert.equal(findMessages({ kind: "added", changes: [change("messages[3]"), change("tools[0] x")] }), null);
  assert.equal(findMessages({ kind: "changed", changes: [change("messages[3]")] }), null);
});
