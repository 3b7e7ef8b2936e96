import assert from "node:assert/strict";
import { test } from "node:test";

(globalThis as { location?: unknown }).location = { hash: "" };
(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
const { findTop, step } = await import("../src/list/moving.ts");
const { describe, findAnswerer, nameAnswerer } = await import("../src/list/reasons.ts");
const { findIndex, Rows } = await import("../src/list/rows.ts");
const { addUp } = await import("../src/list/totals.ts");
const { findSlice, reveal } = await import("../src/list/window.ts");
const { formatDuration, formatShort } = await import("../src/parts/format.ts");
const { writeCommand } = await import("../src/list/empty.tsx");
const { makeRow } = await import("./rows.ts");

function numbers(rows: InstanceType<typeof Rows>): number[] {
  return rows.all.map(({ number }) => number);
}

test("rows are in the order of their numbers, whatever order they come in", () => {
  const rows = new Rows();
  rows.put([makeRow(5), makeRow(7)]);
  rows.put([makeRow(6), makeRow(2), makeRow(8), makeRow(2)]);
  assert.deepEqual(numbers(rows), [2, 5, 6, 7, 8]);
  assert.deepEqual([rows.oldest, rows.newest], [2, 8]);
  assert.equal(rows.get(6)?.number, 6);
  assert.equal(rows.get(4), undefined);
});

test("an answer that has left replaces its row, and does not come back to life", () => {
  const rows = new Rows();
  rows.put([makeRow(1, { finished: false }), makeRow(2)]);
  rows.put([makeRow(1, { duration_ms: 99 })]);
  assert.equal(rows.get(1)?.duration_ms, 99);
  rows.put([makeRow(1, { finished: false })]);
  assert.equal(rows.get(1)?.finished, true);
  assert.deepEqual(numbers(rows), [1, 2]);
});

test("the oldest rows leave when there are too many", () => {
  const rows = new Rows();
  rows.put([1, 2, 3, 4].map((number) => makeRow(number)));
  assert.equal(rows.cut(4), false);
  assert.equal(rows.cut(3), true);
  assert.deepEqual(numbers(rows), [2, 3, 4]);
});

test("a row knows which one repeats it", () => {
  const rows = new Rows();
  rows.put([makeRow(1), makeRow(3, { retry_of: 1 })]);
  assert.equal(rows.retryOf(1), 3);
  rows.clear();
  assert.equal(rows.retryOf(1), undefined);
});

test("only rows that are seen, and some around them, are in the page", () => {
  assert.deepEqual(findSlice(0, 600, 30, 10_000), { from: 0, to: 28 });
  assert.deepEqual(findSlice(3000, 600, 30, 10_000), { from: 92, to: 128 });
  assert.deepEqual(findSlice(0, 600, 30, 3), { from: 0, to: 3 });
  assert.deepEqual(findSlice(9e9, 600, 30, 3), { from: 3, to: 3 });
  assert.deepEqual(findSlice(0, 600, 30, 0), { from: 0, to: 0 });
});

test("a row is revealed with as little scrolling as will do", () => {
  assert.equal(reveal(5, 0, 600, 30), 0);
  assert.equal(reveal(20, 0, 600, 30), 30);
  assert.equal(reveal(2, 300, 600, 30), 60);
});

test("a move stays in the list", () => {
  assert.equal(step("next", 4, 5, 10), 4);
  assert.equal(step("previous", 0, 5, 10), 0);
  assert.equal(step("page-down", 1, 50, 10), 11);
  assert.equal(step("page-up", 3, 50, 10), 0);
  assert.equal(step("last", 3, 50, 10), 49);
  assert.equal(step("next", -1, 5, 10), 0);
});

test("a request that is not listed stands where it would be", () => {
  const rows = [makeRow(2), makeRow(5), makeRow(9)];
  assert.equal(findTop(rows, 9), 0);
  assert.equal(findTop(rows, 5), 1);
  assert.equal(findTop(rows, 2), 2);
  assert.equal(findTop(rows, 7), 1);
  assert.equal(findIndex(rows, 7), -1);
});

test("the answerer has a name", () => {
  const cases: [Parameters<typeof makeRow>[1], string, string][] = [
    [{ scenario: "hello", unmatched: false }, "scenario", "hello"],
    [{}, "generated", "generated"],
    [{ status: 404 }, "unmatched", "unmatched"],
    [{ status: 400, rule: "model.known", unmatched: false }, "refused", "model.known"],
    [{ rule: "model.known" }, "generated", "generated"],
    [{ forwarded: true }, "forwarded", "forwarded"],
    [{ endpoint: "models", unmatched: false }, "computed", "computed"],
    [{ endpoint: "", unmatched: false, status: 404 }, "nobody", "no such path"],
    [{ endpoint: "", unmatched: false, probe: true }, "nobody", "probe"],
    [{ endpoint: "", unmatched: false, gateway: "new-api" }, "computed", "computed"],
    [{ endpoint: "", unmatched: false, gateway: "new-api", rule: "gateway.page" }, "nobody", "no such path"],
  ];
  for (const [more, answerer, name] of cases) {
    assert.equal(findAnswerer(makeRow(1, more)), answerer);
    assert.equal(nameAnswerer(makeRow(1, more)), name);
  }
});

test("sums count what there is", () => {
  const rows = [makeRow(1), makeRow(2, { tokens: null, cost: null, finished: false }), makeRow(3, { status: 400, rule: "x" })];
  assert.deepEqual(addUp(rows), { requests: 3, input: 230, cached: 200, output: 40, cost: 1, refused: 1, running: 1 });
});

test("counts are short", () => {
  const cases: [number, string][] = [[0, "0"], [999, "999"], [1000, "1k"], [1234, "1.2k"], [99_960, "100k"], [128_000, "128k"], [999_600, "1M"], [3_140_000, "3.1M"]];
  for (const [count, text] of cases) assert.equal(formatShort(count), text);
});

test("the first command can be pasted", () => {
  const text = writeCommand("http://127.0.0.1:8000", "it's");
  assert.match(text, /^curl http:\/\/127\.0\.0\.1:8000\/v1\/messages \\\n/);
  assert.ok(text.includes("-H 'x-mock-session: it'\\''s'"));
  assert.ok(!writeCommand("http://x", null).includes("x-mock-session"));
});

test("a row says what was asked, or method and path", () => {
  assert.equal(describe(makeRow(1)), "question 1");
  assert.equal(describe(makeRow(1, { user: null })), "");
  assert.equal(describe(makeRow(1, { user: null, model: null, method: "GET", path: "/v1/models", endpoint: "models" })), "GET /v1/models");
  const lost = makeRow(1, { path: "/v1/message", endpoint: "", status: 404, rule: "route" });
  assert.equal(describe(lost), "POST /v1/message");
  assert.equal(nameAnswerer(lost), "no such path");
});

test("times have three digits, and no sixty seconds", () => {
  const times = [0, 9.96, 999.6, 1234, 9996, 59_940, 59_960, 119_700, 754_000].map(formatDuration);
  assert.deepEqual(times, ["0.0 ms", "10 ms", "1.00 s", "1.23 s", "10.0 s", "59.9 s", "1 m 0 s", "2 m 0 s", "12 m 34 s"]);
});
