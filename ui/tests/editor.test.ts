import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { propose } from "../src/editor/completing.ts";
import { findDocs } from "../src/editor/docs.ts";
import { findTextMistakes } from "../src/editor/mistakes.ts";

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

const MISTAKES: [string, string, string][] = [
  [`${A}    when: {usr: x}\n    reply: x\n`, "usr", '"usr" is no key of when: did you mean "user"?'],
  [`${A}    reply: {error: {tpye: x}}\n`, "tpye", '"tpye" is no key of error: did you mean "type"?'],
  [
    `${A}    reply: {error: overloaded_eror}\n`,
    "overloaded_eror",
    "overloaded_eror is not known: did you mean overloaded_error?",
  ],
  [`${A}    reply: {fault: {then: disconect}}\n`, "disconect", "disconect is not known: did you mean disconnect?"],
  [`${A}    reply: {fault: {then: crlf, after_ms: 1}}\n`, "after_ms", '"after_ms" is no key of fault.'],
  [`${A}    reply: {pace: fast}\n`, "fast", "Expected: none or mapping."],
  [`${A}    reply: {usage: {input_tokens: x}}\n`, "x", "Expected: whole number."],
  [`${A}    when: {user: x}\n`, "name", "One of reply, turns or calls is missing."],
  [`${A}    reply: x\n    turns: [x]\n`, "name", "Only one of reply, turns or calls."],
  [`${A}    reply: x\n    turnz: x\n`, "turnz", '"turnz" is no key of a scenario: did you mean "turns"?'],
  [
    `${A}    reply: x\nscenario: x\n`,
    "scenario",
    '"scenario" is no key of a file of scenarios: did you mean "scenarios"?',
  ],
  [`${A}    reply: x\n    pri\n`, "pri", 'This key needs ":" and a value.'],
  [`${A}    reply: {text: x\n`, "x", 'A "}" is missing.'],
  [`${A}    name: b\n    reply: x\n`, "name", "This key is here twice."],
];
for (const [text, word, message] of MISTAKES) {
  test(`it says: ${message}`, () => {
    const found = findTextMistakes(text, schema, "yaml");
    assert.deepEqual(
      found.map((each) => [text.slice(each.from, each.to).trim() || word, each.message]),
      [[word, message]],
    );
  });
}

test("JSON is read strictly", () => {
  const find = (text: string): [string, string][] =>
    findTextMistakes(text, undefined, "json").map((each) => [text.slice(each.from, each.to), each.message]);
  assert.deepEqual(find('{"a": [1, 2]}'), []);
  assert.deepEqual(find('{"a": 1,\n b: 2}'), [["b", "No JSON goes on with b here."]]);
  assert.deepEqual(find('{"a": wrong}'), [["wrong", "No JSON goes on with wrong here."]]);
  assert.deepEqual(find('{"a": {"b": 1}\n'), [["}", "The JSON ends too early."]]);
  assert.equal(find('{"a": "\\q"}').length, 1);
});

test("the example fixtures have no mistakes", () => {
  const files = readdirSync("../fixtures").filter((name) => name.endsWith(".yaml"));
  assert.ok(files.length > 5);
  for (const name of files)
    assert.deepEqual([name, findTextMistakes(readFileSync(`../fixtures/${name}`, "utf8"), schema, "yaml")], [name, []]);
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
