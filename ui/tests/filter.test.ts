import assert from "node:assert/strict";
import { test } from "node:test";
import { findMistake, listTexts, matches, parseFilter } from "../src/list/filter.ts";
import { Rows } from "../src/list/rows.ts";
import { suggest } from "../src/list/suggest.ts";
import { makeRow } from "./rows.ts";

const ALL = [
  makeRow(1, { model: "claude-haiku-4-5", user: "What is the Weather in Oslo?" }),
  makeRow(2, { scenario: "weather", unmatched: false, tools: ["get_weather"] }),
  makeRow(3, { status: 400, rule: "schema.min_items", unmatched: false, session: "other one" }),
  makeRow(4, { status: 529, scenario: "busy", unmatched: false }),
  makeRow(5, { scenario: "busy", unmatched: false, retry_of: 4, faults: ["disconnect"] }),
  makeRow(6, { status: 404, unmatched: true }),
  makeRow(7, { finished: false }),
  makeRow(8, { hung_up: true, forwarded: true }),
];

function find(filter: string, hits: Record<string, number[]> = {}): number[] {
  const rows = new Rows();
  rows.put(ALL);
  const context = { rows, hits: (text: string) => (hits[text] ? new Set(hits[text]) : undefined) };
  return ALL.filter((row) => matches(row, parseFilter(filter), context)).map(({ number }) => number);
}

test("a filter finds", () => {
  const cases: [string, number[]][] = [
    ["", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["   ", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["weather", [1, 2]],
    ["WEATHER oslo", [1]],
    ['"weather in"', [1]],
    ['"in weather"', []],
    ["-weather", [3, 4, 5, 6, 7, 8]],
    ["weather -oslo", [2]],
    ["min_items", [3]],
    ["model:haiku", [1]],
    ["Model:HAIKU", [1]],
    ["status:4xx", [3, 6]],
    ["status:529", [4]],
    ["status:5", [4]],
    ["-status:2xx", [3, 4, 6]],
    ["scenario:busy", [4, 5]],
    ["scenario:weather", [2]],
    ["tool:get_", [2]],
    ['session:"other one"', [3]],
    ["session:other", [3]],
    ["rule:schema", [3]],
    ["fault:disc", [5]],
    ["is:refused", [3]],
    ["is:unmatched", [6]],
    ["is:generated", [1, 7]],
    ["is:fault", [5]],
    ["is:retry", [4, 5]],
    ["is:streaming", [7]],
    ["is:aborted", [8]],
    ["is:forwarded", [8]],
    ["-is:generated status:200", [2, 5, 8]],
    ["is:nothing", []],
    ["is:re", [3, 4, 5]],
    ["status:", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["http://x", []],
    ["constructor:x", []],
    ["generated", [1, 7]],
    ["-", [1, 2, 3, 4, 5, 6, 7, 8]],
  ];
  for (const [filter, numbers] of cases) assert.deepEqual(find(filter), numbers, filter);
});

test("what the server found counts with what the page finds", () => {
  assert.deepEqual(find("text:fjord", { fjord: [1, 2, 5] }), [1, 2, 5]);
  assert.deepEqual(find("text:fjord weather", { fjord: [1, 5] }), [1]);
  assert.deepEqual(find("-text:fjord -is:generated", { fjord: [2] }), [3, 4, 5, 6, 8]);
  assert.deepEqual(find("text:unasked"), []);
  assert.deepEqual(listTexts(parseFilter('text:"two words" model:x text:b')), ["two words", "b"]);
});

test("a mistake is told", () => {
  assert.match(findMistake(parseFilter("is:nice")) ?? "", /refused/);
  assert.match(findMistake(parseFilter("status:okay")) ?? "", /4xx/);
  assert.equal(findMistake(parseFilter("is:refused status:4xx status:20 is: foo:bar")), null);
});

test("keys and values are suggested where they are typed", () => {
  const labels = (text: string, caret = text.length): string[] => suggest(text, caret, ALL).map(({ label }) => label);
  assert.ok(labels("").includes("status:"));
  assert.deepEqual(labels("st"), ["status:"]);
  assert.deepEqual(labels("-sc"), ["scenario:"]);
  assert.deepEqual(labels("model:opus x", 10), ["claude-opus-5-5"]);
  assert.deepEqual(labels("status:"), ["200", "400", "529", "404"]);
  assert.deepEqual(labels("is:re"), ["refused", "retry", "streaming"]);
  assert.deepEqual(labels("scenario:busy"), []);
  assert.deepEqual(labels("nothing:"), []);
});

test("a suggestion that is taken stands at its place", () => {
  const take = (text: string, caret = text.length) => suggest(text, caret, ALL)[0];
  assert.equal(take("a st b", 4)?.text, "a status: b");
  assert.equal(take("a st b", 4)?.caret, 9);
  assert.equal(take("-is:ref")?.text, "-is:refused ");
  assert.equal(take("session:oth")?.text, 'session:"other one" ');
  assert.equal(take('session:"other o')?.text, 'session:"other one" ');
});

test("what is still being typed narrows nothing", () => {
  assert.deepEqual(parseFilter('- -"" -is: model: '), []);
});
