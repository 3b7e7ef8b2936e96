import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scenario } from "../src/types.ts";

(globalThis as { location?: unknown }).location = { hash: "", href: "http://127.0.0.1/_mock/" };
(globalThis as { document?: unknown }).document = { baseURI: "http://127.0.0.1/_mock/", hidden: false };
(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
(globalThis as { removeEventListener?: unknown }).removeEventListener = () => undefined;
const { findAnswer } = await import("../src/editor/answer.ts");
const { measureIndent } = await import("../src/editor/hanging.ts");
const { linkTo, readShown } = await import("../src/scenarios/addresses.ts");
const { changeDraft, dropDraft, edited, findDraft, putDraft } = await import("../src/scenarios/drafts.ts");
const { toRequest } = await import("../src/scenarios/opening.ts");
const { canSave, describeRefusal, describeSaved, findObstacle } = await import("../src/scenarios/saving.ts");
const { Refused } = await import("../src/source.ts");
const { describeScope, describeUse, describeWhen, fits } = await import("../src/scenarios/words.ts");

const ROW: Scenario = {
  name: "weather",
  place: "fixtures/tools.yaml:24:5",
  scope: "file",
  session: null,
  used: 1,
  answers: 2,
  when: { user: { contains: ["rain", "sun"] }, tools: ["get_weather"], stream: true },
};
const TEXT = { ...ROW, yaml: "name: weather\n", file: null };

test("a condition in short words", () => {
  assert.equal(describeWhen(ROW.when), "user: contains rain or sun, tools: get_weather, stream: true");
  assert.equal(describeWhen({}), "any request");
  assert.equal(describeWhen(undefined), "any request");
});

test("whose a scenario is, and how often it answered", () => {
  assert.equal(describeScope(ROW), "file");
  assert.equal(describeScope({ scope: "session", session: "demo" }), "session demo");
  assert.equal(describeScope({ scope: "server", session: null }), "all sessions");
  assert.deepEqual(
    [
      [1, 2],
      [0, 1],
      [3, null],
      [0, 2],
      [5, 2],
    ].map(([used, answers]) => describeUse({ used: used ?? 0, answers: answers ?? null })),
    ["1 of 2", "not used", "3×", "0 of 2", "5×"],
  );
});

test("a filter finds all its words, wherever they stand", () => {
  assert.deepEqual(
    ["", "WEA tools", "rain", "file get_", "weather snow"].map((words) => fits(ROW, words)),
    [true, true, true, true, false],
  );
});

test("the address says what is shown, and back", () => {
  const read = (hash: string) => {
    const [path = "", query = ""] = hash.slice(2).split("?");
    return readShown({ path: path.split("/").map(decodeURIComponent), query: new URLSearchParams(query) });
  };
  const one = { name: "a/b c", scope: "session", session: "x&y" } as const;
  assert.deepEqual(read(linkTo(one)), { kind: "one", ...one });
  assert.deepEqual(read("#/scenarios/weather"), { kind: "one", name: "weather", scope: null, session: null });
  assert.equal(linkTo({ name: "weather", scope: null, session: null }), "#/scenarios/weather");
  assert.deepEqual(read("#/scenarios?from=12"), { kind: "from", number: 12 });
  assert.deepEqual(read("#/scenarios?new=true"), { kind: "new" });
  assert.deepEqual(read("#/scenarios?from=x"), { kind: "none" });
});

test("what was not saved is known, until it is dropped", () => {
  const draft = {
    key: "k",
    text: "a",
    saved: "a",
    scenario: null,
    tag: null,
    from: null,
    again: null,
    target: { kind: "server" } as const,
    failure: null,
  };
  putDraft(draft);
  assert.equal(edited.value.has("k"), false);
  changeDraft("k", { text: "b" });
  assert.equal(edited.value.has("k"), true);
  assert.equal(findDraft("k")?.text, "b");
  dropDraft("k");
  assert.equal(edited.value.has("k"), false);
  changeDraft("k", { text: "c" });
  assert.equal(findDraft("k"), undefined);
});

test("a scenario is saved when it was changed, or goes elsewhere", () => {
  const draft = { key: "k", text: "a", saved: "a", scenario: TEXT, tag: null, from: null, again: null, failure: null };
  assert.equal(
    canSave({ ...draft, target: { kind: "file", file: "tools.yaml" }, scenario: { ...TEXT, file: "tools.yaml" } }),
    false,
  );
  assert.equal(canSave({ ...draft, target: { kind: "session", session: "demo" } }), true);
  assert.equal(canSave({ ...draft, text: "b", target: { kind: "server" } }), true);
  assert.match(findObstacle({ ...draft, target: { kind: "session", session: " " } }) ?? "", /Name the session/);
  assert.match(findObstacle({ ...draft, text: " ", target: { kind: "server" } }) ?? "", /nothing to save/);
});

test("after saving it is said what answers now", () => {
  const saved = { names: ["weather"], where: "session demo", rows: [], tag: null };
  assert.match(
    describeSaved({ scenario: TEXT, target: { kind: "session", session: "demo" } }, saved),
    /in front of the one in fixtures\/tools.yaml/,
  );
  assert.match(
    describeSaved({ scenario: null, target: { kind: "session", session: "demo" } }, saved),
    /tried before the others/,
  );
  assert.match(describeSaved({ scenario: null, target: { kind: "server" } }, saved), /tried before those of files/);
  assert.match(
    describeSaved({ scenario: TEXT, target: { kind: "file", file: "tools.yaml" } }, { ...saved, where: "tools.yaml" }),
    /to tools.yaml/,
  );
});

test("mistakes that are listed below the text are not told twice", () => {
  const refused = new Refused(400, { message: "1:1: wrong", problems: [{ line: 1, column: 1, message: "wrong" }] });
  assert.equal(describeRefusal(refused, { kind: "server" }), "Not saved: mistakes are left in it.");
  assert.equal(describeRefusal(refused, { kind: "file", file: "a.yaml" }), "Not saved: 1:1: wrong");
  assert.equal(describeRefusal(new Refused(409, { message: "Full." }), { kind: "server" }), "Not saved: Full.");
});

test("a draft is saved to where it answers its request, also when that is sent again", () => {
  const [file, own] = ["fixtures/a.yaml:1:1", "added-1:1:1"];
  assert.deepEqual(toRequest({ session: "demo", place: file }), { kind: "session", session: "demo" });
  assert.deepEqual(toRequest({ session: "sk-ant-…efgh", place: null }), { kind: "server" });
  assert.deepEqual(toRequest({ session: "key-0a1b", place: file }), { kind: "server" });
  assert.deepEqual(toRequest({ session: "sk-ant-…efgh", place: own }), { kind: "session", session: "sk-ant-…efgh" });
  assert.deepEqual(toRequest(null), { kind: "session", session: "demo" });
});

const ANSWERS: [string, string][] = [
  ["scenarios:\n  - name: a\n    reply: Hello yourself.\n", "Hello yourself."],
  ['name: a\nreply: {text: "Hello \\" you"}\n', 'Hello \\" you'],
  [
    "scenarios:\n  - reply:\n      thinking: x\n      text: >-\n        One\n        two.\n      usage: {input_tokens: 1}\n",
    "One\n        two.",
  ],
  ["scenarios:\n  - turns:\n      - text: First\n      - text: Second\n", "First"],
  ["scenarios:\n  - calls: [{error: overloaded_error}]\n", "overloaded_error"],
  ["scenarios:\n  - reply: {content: [{type: text, text: Hi}]}\n", "Hi"],
  ["scenarios:\n  - reply: {tool_use: book_table}\n", "book_table"],
  ["scenarios:\n  - reply: {text: Let me see., tool_use: {name: look, input: {city: Oslo}}}\n", "Let me see."],
  ["scenarios:\n  - reply: {tool_use: {name: look, input: {city: Oslo}}}\n", "Oslo"],
  ["scenarios:\n  - reply: {content: [{thinking: Hm., signature: x}, {type: text, text: Hi}]}\n", "Hi"],
  ["scenarios:\n  - {name: a, reply: {json: {a: delta}}}\n", "delta"],
  ["scenarios:\n  - reply: {raw: {json: {}}}\n", "{}"],
  ["scenarios:\n  - reply: {raw: {status: 502, body: Bad gateway}}\n", "Bad gateway"],
  ["scenarios:\n  - reply: {error: {type: api_error, message: Oh.}}\n", "Oh."],
  ["scenarios:\n  - reply: {input_tokens: 10}\n", "10"],
  ["scenarios:\n  - turns: {answers: [One, Two]}\n", "One"],
  ["scenarios:\n  - {name: a, when: {user: x}}\n", ""],
  ["scenarios: []\n", ""],
];
for (const [text, answer] of ANSWERS) {
  test(`what is changed first: ${JSON.stringify(answer)}`, () => {
    const { from, to } = findAnswer(text);
    assert.equal(text.slice(from, to), answer);
  });
}

test("a broken line goes on below its first word", () => {
  assert.deepEqual(["a: b", "  - text: x", "      - - x", " ".repeat(60)].map(measureIndent), [2, 6, 12, 24]);
});
