import assert from "node:assert/strict";
import { test } from "node:test";

(globalThis as { addEventListener?: unknown }).addEventListener = () => undefined;
(globalThis as { removeEventListener?: unknown }).removeEventListener = () => undefined;
const { backOff, follow } = await import("../src/feed/follow.ts");

type Answer = string[] | number | "hang" | Error;

/** Follows a server that gives these answers in turn; returns what was asked, and what was told, until it is off. */
async function play(answers: Answer[], silenceMs = 10_000) {
  const asked: string[] = [];
  const told: string[] = [];
  const waits: number[] = [];
  const left = [...answers, 404];
  await new Promise<void>((resolve) => {
    const open = async (lastId: string, signal: AbortSignal): Promise<Response> => {
      asked.push(lastId);
      const answer = left.shift() ?? 404;
      if (answer instanceof Error) throw answer;
      if (typeof answer === "number") return new Response("", { status: answer });
      return new Response(stream(answer === "hang" ? ["id: 1\n\n"] : answer, answer === "hang", signal));
    };
    follow(
      open,
      {
        onOpen: (isAgain) => told.push(isAgain ? "open again" : "open"),
        onEvent: ({ name, data }) => told.push(`${name} ${data}`),
        onState: (state) => {
          told.push(state);
          if (state === "off") resolve();
        },
      },
      { sleep: async (ms) => void waits.push(ms), silenceMs },
    );
  });
  return { asked, told, waits };
}

function stream(pieces: string[], hangs: boolean, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      if (hangs) signal.addEventListener("abort", () => controller.error(new Error("aborted")));
      else controller.close();
    },
  });
}

test("a feed that breaks goes on behind its last event", async () => {
  const { asked, told } = await play([
    ["id: 3\n\n", "id: 4\nevent: request\nda", "ta: {}\n\n"],
    ["id: 5\nevent: cleared\ndata: {}\n\n"],
  ]);
  assert.deepEqual(asked, ["", "4", "5"]);
  assert.deepEqual(told, [
    "connecting", "live", "open", "request {}", "reconnecting", "live", "open again", "cleared {}", "reconnecting", "off",
  ]);
});

test("half an event at the break is not taken, and comes again", async () => {
  const { asked, told } = await play([["id: 3\n\nid: 4\nevent: request\ndata: {}\n"], ["id: 4\nevent: request\ndata: {}\n\n"]]);
  assert.deepEqual(asked, ["", "3", "4"]);
  assert.equal(told.filter((each) => each === "request {}").length, 1);
});

test("a server that is away is asked less and less often, and at once again after it spoke", async () => {
  const { waits } = await play([new Error("refused"), 503, 500, ["id: 1\n\n"], new Error("refused")]);
  assert.deepEqual(waits, [backOff(0), backOff(1), backOff(2), backOff(0), backOff(1)]);
});

test("waits double up to a bound", () => {
  assert.deepEqual([0, 1, 2, 10].map(backOff), [250, 500, 1000, 8000]);
});

test("a feed on which nothing comes is opened anew", async () => {
  const { asked } = await play(["hang"], 20);
  assert.deepEqual(asked, ["", "1"]);
});

test("a feed that is refused is not asked for again", async () => {
  const { asked, told } = await play([401, ["data: x\n\n"]]);
  assert.deepEqual(asked, [""]);
  assert.deepEqual(told, ["connecting", "off"]);
});
