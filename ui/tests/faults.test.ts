import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makePlan, readFaults } from "../src/server/faults.ts";

const faults = readFaults(JSON.parse(readFileSync("../schemas/mock/scenarios.json", "utf8")));
const find = (name: string) => faults.find((each) => each.name === name) ?? assert.fail(name);

test("all faults of the schema are known, with places and options", () => {
  assert.ok(faults.length > 40);
  assert.deepEqual(find("disconnect").places, ["after_events", "after_ms", "at_block"]);
  assert.deepEqual(find("crlf"), { name: "crlf", places: [], options: [] });
  const kinds = Object.fromEntries(find("error").options.map((option) => [option.name, option.kind]));
  assert.deepEqual(kinds, { type: "choice", message: "text", unnamed: "flag", glued: "flag", bare: "flag" });
  assert.deepEqual(find("stall").options.map((option) => option.name), ["for"]);
  assert.deepEqual(find("null_usage").options.map(({ kind, choices }) => [kind, choices[0]]), [["choice", "input_tokens"]]);
});

test("a schema of another shape gives no faults", () => {
  assert.deepEqual(readFaults({}), []);
});

test("values of the form are those of a fault", () => {
  assert.deepEqual(makePlan(find("disconnect"), "after_events", { after_events: "4" }, "2"), { then: "disconnect", after_events: 4, calls: 2 });
  assert.deepEqual(makePlan(find("stall"), "", { for: "300ms" }, "1"), { then: "stall", for: "300ms", calls: 1 });
  assert.deepEqual(makePlan(find("stall"), "", { for: "2" }, "1"), { then: "stall", for: 2, calls: 1 });
  assert.deepEqual(makePlan(find("error"), "", { type: "api_error", unnamed: "true", message: "" }, "1"), { then: "error", type: "api_error", unnamed: true, calls: 1 });
  assert.equal(makePlan(find("disconnect"), "at_block", {}, "1").at_block, "");
  assert.equal(makePlan(find("error"), "", { message: "500" }, "1").message, "500");
  assert.equal(makePlan(find("start_usage"), "", { input_tokens: "null" }, "1").input_tokens, null);
});
