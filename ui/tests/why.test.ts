import assert from "node:assert/strict";
import { test } from "node:test";
import { countAnswer, splitMisses, tellWhy } from "../src/request/why.ts";
import type { Entry } from "../src/types.ts";

const NOTE = { scenario: "weather", place: "weather.yaml:2:5", differences: ["thinking: the text of this script was hidden"] };
const MISS = { scenario: "weather", place: null, differences: ["user: expected to contain \"rain\""] };
const ENTRY = { scenario: "weather", place: "weather.yaml:2:5", position: "0", misses: [NOTE], misses_left_out: 0 } as unknown as Entry;

test("the scenario that answered is none that did not fit", () => {
  assert.equal(tellWhy(ENTRY), "It gave answer 1 of its script. It was the first one tried.");
  assert.deepEqual(splitMisses(ENTRY), { misses: [], notes: NOTE.differences });
});

test("a scenario of the same name elsewhere did not fit", () => {
  assert.deepEqual(splitMisses({ ...ENTRY, misses: [MISS] }), { misses: [MISS], notes: [] });
});

test("answers are counted from 1", () => {
  assert.deepEqual(["0", "4", "recorded", null].map(countAnswer), [1, 5, null, null]);
});
