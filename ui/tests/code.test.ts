import assert from "node:assert/strict";
import { test } from "node:test";
import { canCopy, fitsSdk, toPython, writeCode } from "../src/request/code.ts";
import { makeImageUrl, measureBase64 } from "../src/request/pictures.ts";
import { tellAnswerer, tellWhy } from "../src/request/why.ts";
import type { Entry, Json } from "../src/types.ts";

const BODY = { model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content: "it's" }] };
const HEADERS = { "x-api-key": "sk-…", "anthropic-version": "2023-06-01", "content-type": "application/json" };

function make(more: Partial<Entry> = {}): Entry {
  return { method: "POST", path: "/v1/messages", version: "2023-06-01", betas: [], headers: HEADERS, body: BODY, ...more } as unknown as Entry;
}

test("keys are those of the environment", () => {
  for (const language of ["curl", "python", "typescript"] as const) {
    const bearer = { ...HEADERS, authorization: "Bearer …" };
    assert.match(writeCode(language, make(), "http://x/"), /ANTHROPIC_API_KEY/);
    delete (bearer as Record<string, string>)["x-api-key"];
    assert.match(writeCode(language, make({ headers: bearer }), "http://x/"), /ANTHROPIC_AUTH_TOKEN/);
    assert.doesNotMatch(writeCode(language, make({ headers: {} }), "http://x/"), /ANTHROPIC/);
  }
});

test("the SDK is used where it sends the same", () => {
  assert.ok(fitsSdk(make()));
  const others: Partial<Entry>[] = [{ version: null }, { headers: {} }, { body: { ...BODY, max_tokens: "7" } }, { body: "{" }, { path: "/v1/messages/count_tokens" }, { method: "GET" }];
  for (const other of others) assert.equal(fitsSdk(make(other)), false);
  assert.match(writeCode("python", make(), "http://x/"), /anthropic\.Anthropic\(base_url="http:\/\/x", api_key/);
  assert.match(writeCode("python", make({ version: null }), "http://x/"), /urllib/);
});

test("betas go the way they came", () => {
  const headers = { ...HEADERS, "anthropic-beta": "one,two" };
  const sent = { headers, betas: ["one", "two"] };
  assert.match(writeCode("python", make(sent), "http://x"), /client\.beta\.messages\.create[\s\S]*betas=\[/);
  assert.doesNotMatch(writeCode("python", make(sent), "http://x"), /extra_query/);
  assert.match(writeCode("python", make({ ...sent, path: "/v1/messages?beta=true" }), "http://x"), /extra_query=\{\n        "beta": "true"/);
  assert.match(writeCode("curl", make(sent), "http://x"), /--header 'anthropic-beta: one,two'/);
});

test("nothing in a request ends a text of the code", () => {
  const path = "/v1/messages?a='$(touch x)'`b`";
  assert.match(writeCode("curl", make({ path }), "http://x"), /curl 'http:\/\/x\/v1\/messages\?a='\\''\$\(touch x\)'\\''`b`'/);
  const lines = writeCode("curl", make({ body: "a\nBODY\nBODY_\n" }), "http://x");
  assert.match(lines, /<<'BODY__'\n/);
  assert.ok(writeCode("typescript", make({ body: { "__proto__": 1, ...JSON.parse('{"__proto__": 2}') } as Json }), "http://x").includes('["__proto__"]: 2'));
});

test("values are written in Python", () => {
  assert.equal(toPython([true, null, { a: "\u202eé" }, [], {}]), '[\n    True,\n    None,\n    {\n        "a": "\\u202eé",\n    },\n    [],\n    {},\n]');
});

test("uploads cannot be sent again", () => {
  assert.equal(canCopy(make({ headers: { "content-type": "multipart/form-data; boundary=x" } })), false);
  assert.ok(canCopy(make()));
});

test("pictures alone are shown, and only as Base64", () => {
  const image = (media_type: string, data: string, type = "base64"): Json => ({ type: "image", source: { type, media_type, data } });
  assert.equal(makeImageUrl(image("image/png", "AAA\nA")), "data:image/png;base64,AAAA");
  const others: Json[] = [image("image/svg+xml", "AAAA"), image("image/png", "AAA"), image("image/png", "A,AA"), image("text/html", "AAAA"), image("image/png", "AAAA", "url"), null, image("image/png;x", "AAAA"), image("image/png", "")];
  for (const other of others) assert.equal(makeImageUrl(other), null);
  assert.equal(measureBase64("AAA="), 2);
});

test("it is said who answered, and why", () => {
  const entry = (more: Partial<Entry>): Entry =>
    ({ status: 200, scenario: null, rule: null, unmatched: false, forwarded: false, endpoint: "messages", misses: [], misses_left_out: 0, position: null, answer: { type: "message" }, ...more }) as unknown as Entry;
  assert.equal(tellWhy(entry({ scenario: "a", position: "1" })), "It gave answer 2 of its script. It was the first one tried.");
  assert.equal(tellWhy(entry({ scenario: "a", misses_left_out: 3 })), "3 scenarios tried before it did not fit.");
  assert.equal(tellAnswerer(entry({ unmatched: true })), "generated");
  assert.equal(tellAnswerer(entry({ unmatched: true, status: 404 })), "unmatched");
  assert.equal(tellAnswerer(entry({ status: 400, rule: "x" })), "refused");
  assert.match(tellWhy(entry({ status: 400, rule: "x" })), /rules come before scenarios/);
  assert.equal(tellWhy(entry({ status: 404, rule: "route", endpoint: "" })), "The API has no such endpoint.");
  assert.equal(tellWhy(entry({ unmatched: true })), "There is no scenario for this request, so the answer was generated.");
  assert.equal(tellWhy(entry({ unmatched: true, misses_left_out: 1, answer: {} })), "No scenario fitted, so the server worked the answer out.");
  assert.equal(tellAnswerer(entry({ forwarded: true })), "forwarded");
  assert.equal(tellAnswerer(entry({ endpoint: "", answer: null })), "no endpoint");
});
