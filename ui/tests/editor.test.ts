import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { json } from "@codemirror/lang-json";
import { EditorState } from "@codemirror/state";
import { propose } from "../src/editor/completing.ts";
import { findDocs } from "../src/editor/docs.ts";
import { findBreak } from "../src/editor/mistakes.ts";

const schema = JSON.parse(readFileSync("../schemas/mock/scenarios.json", "utf8"));
const A = "scenarios:\n  - name: a\n";

/** What is proposed at "|" of a text. */
function proposeAt(marked: string): string[] {
  const language = marked.startsWith("{") ? "json" : "yaml";
  const found = propose(schema, marked.replace("|", ""), marked.indexOf("|"), language);
  return found?.proposals.map((each) => each.label) ?? [];
}

/** The text after a proposal was taken, with the cursor as "|". */
function take(marked: string, label: string): string {
  const language = marked.startsWith("{") ? "json" : "yaml";
  const text = marked.replace("|", "");
  const found = propose(schema, text, marked.indexOf("|"), language);
  const one = found?.proposals.find((each) => each.label === label);
  assert.ok(found && one, `${label} is not proposed`);
  const insert = `${one.insert.slice(0, one.cursor)}|${one.insert.slice(one.cursor)}`;
  return text.slice(0, found.from) + insert + text.slice(found.to);
}

const SCENARIO = ["name", "description", "when", "reply", "turns", "calls", "priority"];
const CASES: [string, string, string[]][] = [
  ["the first word", "s|", ["scenarios", "include"]],
  ["a word of a scenario", "scenarios:\n  - n|", SCENARIO],
  ["a word before others", `${A}    |\n  - name: b\n    reply: x\n`, SCENARIO.slice(1)],
  ["a word that would join the next line", `${A}    w|\n    reply: x\n`, ["when"]],
  ["a condition", `${A}    when:\n      us|\n    reply: x\n`, ["user", "tools"]],
  ["a condition in an empty line", `${A}    when:\n      |\n    reply: x\n`, ["user", "tools"]],
  ["a condition in braces", `${A}    when: {us|}\n`, ["user", "tools"]],
  ["a condition in an open brace", `${A}    when: {user: x, st|\n`, ["stream"]],
  ["a test of a text", `${A}    when: {user: {|}}\n`, ["contains", "equals"]],
  ["true and false", `${A}    when: {stream: |}\n`, ["true", "false"]],
  ["a word of an answer", `${A}    reply:\n      te|`, ["text", "error", "fault"]],
  ["a word of one of several answers", `${A}    calls:\n      - text: x\n        fa|`, ["fault"]],
  ["a type of error", `${A}    reply:\n      error: over|`, ["overloaded_error"]],
  ["a block", `${A}    reply:\n      content:\n        - th|`, ["thinking", "type"]],
  ["a fault by name", `${A}    reply: {fault: |}`, ["disconnect", "truncate"]],
  [
    "what a fault takes",
    `${A}    reply:\n      fault:\n        then: disconnect\n        |`,
    ["after_events", "after_ms"],
  ],
  ["JSON", '{"scenarios": [{"na|"}]}', SCENARIO],
  ["JSON without quotes", '{"scenarios": [{|}]}', SCENARIO],
];
for (const [name, marked, expected] of CASES) {
  test(`it proposes ${name}`, () => {
    const labels = proposeAt(marked);
    assert.deepEqual(
      expected.filter((each) => !labels.includes(each)),
      [],
    );
  });
}

test("what a fault takes goes by its name", () => {
  assert.ok(!proposeAt(`${A}    reply:\n      fault:\n        then: crlf\n        |`).includes("after_ms"));
});

test("what an endpoint can be answered with goes by its name", () => {
  const proposed = proposeAt(`${A}    when: {endpoint: count_tokens}\n    reply:\n      |`);
  assert.ok(proposed.includes("input_tokens") && proposed.includes("fault"));
  assert.ok(!proposed.includes("thinking"));
});

test("nothing is proposed within texts, block texts and comments", () => {
  for (const marked of [`${A}    reply: hello w|`, `${A}    reply:\n      text: |-\n        te|x`, "# te|"]) {
    const place = marked.lastIndexOf("|");
    assert.equal(propose(schema, marked.slice(0, place) + marked.slice(place + 1), place, "yaml"), null);
  }
});

test("a key that is there is not proposed again", () => {
  assert.ok(!proposeAt(`${A}    |`).includes("name"));
});

test("what is taken leaves the cursor where its value goes", () => {
  assert.equal(take(`${A}    wh|`, "when"), `${A}    when:\n      |`);
  assert.equal(take(`${A}    ca|`, "calls"), `${A}    calls:\n      - |`);
  assert.equal(take("scenarios:\n  - wh|", "when"), "scenarios:\n  - when:\n      |");
  assert.equal(take(`${A}    when: {us|}`, "user"), `${A}    when: {user: |}`);
  assert.equal(take(`${A}    wh|: {}`, "when"), `${A}    when|: {}`);
  assert.equal(take('{"scenarios": [{|}]}', "name"), '{"scenarios": [{"name": |}]}');
  assert.equal(take('{"scenarios": [{"na|"}]}', "name"), '{"scenarios": [{"name|"}]}');
});

test("JSON is read strictly", () => {
  const find = (text: string): [string, string][] =>
    findBreak(EditorState.create({ doc: text, extensions: json() })).map((each) => [
      text.slice(each.from, each.to),
      each.message,
    ]);
  assert.deepEqual(find('{"a": [1, 2]}'), []);
  assert.deepEqual(find('{"a": 1,\n b: 2}'), [["b", "No JSON goes on with b here."]]);
  assert.deepEqual(find('{"a": wrong}'), [["wrong", "No JSON goes on with wrong here."]]);
  assert.deepEqual(find('{"a": {"b": 1}\n'), [["}", "The JSON ends too early."]]);
  assert.equal(find('{"a": "\\q"}').length, 1);
});

const LONG = Array.from({ length: 3000 }, (_, index) => `  - name: s${index}\n    reply: x\n`);
const [MIDDLE, OPEN] = [LONG.slice(0, 1500).join(""), LONG.slice(1500).join("")];

test("of a long text the scenario at the cursor is read", () => {
  const text = `# first\nscenarios:\n${MIDDLE}  - name: here\n    when: {user: x}\n    |\n${OPEN}`;
  assert.ok(proposeAt(text).includes("reply"));
  assert.ok(!proposeAt(text).includes("when"));
  assert.ok(take(text, "calls").includes("    when: {user: x}\n    calls:\n      - |\n  - name: s1500"));
  const docs = findDocs(schema, text, text.indexOf("when") + 1);
  assert.deepEqual([docs?.name, text.slice(docs?.from, docs?.to)], ["when", "when"]);
  const last = `scenarios:\n${MIDDLE}  - name: last\n    w|`;
  assert.ok(proposeAt(last).includes("when"));
});

test("of a long text that is one scenario nothing is read", () => {
  assert.deepEqual(proposeAt(`scenarios:\n  - reply: >-\n${"      word\n".repeat(2000)}    w|`), []);
  assert.deepEqual(proposeAt(`# ${"word ".repeat(3000)}\ns|`), []);
});

test("a key is explained by the schema at each depth", () => {
  const text = `${A}    reply:\n      fault: {then: disconnect, after_events: 3}\n`;
  const at = (word: string): string => findDocs(schema, text, text.indexOf(word) + 1)?.description ?? "";
  assert.match(at("name"), /Its name in logs/);
  assert.match(at("reply"), /The answer, always the same/);
  assert.match(at("then"), /What happens/);
  assert.notEqual(at("after_events"), "");
  assert.equal(findDocs(schema, "# nothing", 3), null);
});
