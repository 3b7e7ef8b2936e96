import assert from "node:assert/strict";
import { test } from "node:test";
import { cutLine, cutPieces, cutText, escapeJson, makeVisible, shortenPlace } from "../src/parts/text.ts";
import { get, getText, planOpen, resolve } from "../src/parts/values.ts";
import type { Json, Obj } from "../src/types.ts";

test("names of prototypes are names like others", () => {
  const value = JSON.parse('{"a": {"__proto__": {"b": "own"}}}') as Json;
  assert.equal(getText(get(get(value, "a"), "__proto__"), "b"), "own");
  assert.equal(get(value, "__proto__"), undefined);
  assert.equal(get(value, "constructor"), undefined);
  assert.equal(resolve(value, "a.__proto__.b"), "a.__proto__.b");
});

test("a path may hold words that are no fields", () => {
  const body = { messages: [{ content: [{ type: "thinking", signature: "x" }] }] };
  assert.equal(resolve(body, "messages.0.content.0.thinking.signature"), "messages.0.content.0.signature");
  assert.equal(resolve(body, "messages.7.content"), "messages");
});

test("as much is opened as may be, level by level", () => {
  const value = { small: { a: 1 }, large: Array.from({ length: 500 }, () => 0), last: { b: { c: 1 } } };
  const open = planOpen(value, 50);
  assert.ok(open.has(value) && open.has(value.small) && open.has(value.last.b));
  assert.ok(!open.has(value.large));
  assert.ok(planOpen(value, 4000).has(value.large));
  assert.ok(planOpen(value, 0, "large.7").has(value.large));
});

test("of large lists only what is shown at first counts, and is opened", () => {
  const list = Array.from({ length: 100_000 }, () => ({ a: 1 }));
  const open = planOpen(list, 300);
  assert.ok(open.has(list) && open.has(list[50] as Json) && !open.has(list[199] as Json));
});

test("deep values are opened without an end to the stack", () => {
  let value: Json = 1;
  for (let depth = 0; depth < 20_000; depth++) value = [value];
  assert.equal(planOpen(value, 300).size, 300);
});

test("letters that are not seen, or turn others round, are shown", () => {
  assert.equal(makeVisible("a\u202eb\u001b[31m\tc\r\nd\re"), "a[U+202E]b[U+001B][31m\tc\r\nd[U+000D]e");
  assert.equal(escapeJson({ "\u202e": "\u200bx\u2066" } as Obj), '{"\\u202e":"\\u200bx\\u2066"}');
});

test("texts are cut by lines and by letters", () => {
  assert.equal(cutText("1\n2\n3\n4", 2, 100), "1\n2");
  assert.equal(cutText("x".repeat(50), 2, 10).length, 10);
  assert.equal(cutText("short", 2, 10), "short");
  assert.equal(cutLine("  a\n b  c", 20), "a b c");
  assert.equal(cutLine("abcdef", 3), "abc…");
});

test("a text that grows changes its last piece alone", () => {
  const line = "x".repeat(999);
  const text = `${line}\n${line}\n\r\n${line}\n\n${line}\n`;
  assert.deepEqual(cutPieces(text), [`${line}\n${line}\n`, `${line}\n\n${line}`, ""]);
  const pieces = cutPieces(text.repeat(20));
  for (const end of [1, 1999, 2001, 4321, 30_000]) {
    const before = cutPieces(text.repeat(20).slice(0, end));
    assert.deepEqual(before.slice(0, -1), pieces.slice(0, before.length - 1));
  }
  assert.deepEqual(cutPieces(""), [""]);
});

test("of a place the end is shown", () => {
  assert.equal(shortenPlace("/home/a/fixtures/faults.yaml:47:5"), "fixtures/faults.yaml:47");
  assert.equal(shortenPlace("added-1:2:1"), "added-1:2");
  assert.equal(shortenPlace("C:\\a\\b\\c.yaml:3:1"), "b/c.yaml:3");
  assert.equal(shortenPlace("odd"), "odd");
});
