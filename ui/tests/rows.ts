// Rows for tests.
import type { Summary } from "../src/types.ts";

export function makeRow(number: number, more: Partial<Summary> = {}): Summary {
  return {
    number, session: "demo", at: 1_796_000_000 + number, duration_ms: 12, first_byte_ms: 3, method: "POST",
    path: "/v1/messages", endpoint: "messages", wire: "messages",
    gateway: null, channel: null, tries: [], model: "claude-opus-5-5", stream: true, status: 200, rule: null,
    reason: null, scenario: null, position: null, unmatched: true, probe: false, forwarded: false, retry_of: null,
    finished: true, hung_up: false, request_id: `req_${number}`, user: `question ${number}`, tools: [], faults: [],
    tokens: { input: 10, cache_creation_input: 5, cache_read_input: 100, output: 20 }, cost: 0.5, ...more,
  };
}
