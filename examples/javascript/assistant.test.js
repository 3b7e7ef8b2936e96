// With Jest, take the first line out: it brings "expect" and "test" itself.
import { expect, test } from "vitest";

import { ask } from "./assistant.js";
import { session } from "./mock.js";

test("answers from a scenario file", async () => {
  const answer = await ask("What is the weather in Oslo?", { getWeather: () => ({ temp: -3 }) });
  expect(answer).toBe("It is -3 degrees in Oslo.");
});

test("answers from a script of its own", async () => {
  const mock = await session("script of its own");
  await mock.script({ name: "greeting", reply: { text: "Hello yourself." } });
  expect(await ask("Hello", { headers: mock.headers })).toBe("Hello yourself.");
  await mock.verify({ when: { user: "hello", tools: "get_weather" }, exactly: 1 });
});

test("tries again when the API is overloaded", async () => {
  const mock = await session("overloaded");
  await mock.script({
    name: "flaky",
    calls: [{ error: { type: "overloaded_error", retry_after: 0 }, times: 2 }, { text: "At last." }],
  });
  expect(await ask("Hello", { headers: mock.headers })).toBe("At last.");
  expect((await mock.requests()).requests.length).toBe(3);
});
