import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as journal from "../src/list/journal.ts";
import type { Feed, Page, Source } from "../src/source.ts";
import type { Summary } from "../src/types.ts";
import { makeRow } from "./rows.ts";

/** A server with these requests, whose feed the test tells. */
class Server {
  rows: Summary[] = [];
  feed: Feed | null = null;
  asked: string[] = [];
  /** Answers are held back until this is called. */
  release: (() => void) | null = null;
  error: Error | null = null;

  readonly source: Source = {
    isLive: true,
    list: async (query: Record<string, string>) => this.list(query),
    follow: (feed: Feed) => {
      this.feed = feed;
      return () => (this.feed = null);
    },
    clear: async () => void (this.rows = []),
  } as unknown as Source;

  async list({ after, limit }: Record<string, string>): Promise<Page> {
    this.asked.push(`${after ?? "newest"} ${limit}`);
    if (this.error) throw this.error;
    const found = this.rows.filter(({ number }) => !after || number < Number(after)).reverse();
    const page = found.slice(0, Number(limit));
    const answer = { requests: page, total: this.rows.length, next: found.length > page.length ? (page.at(-1)?.number ?? null) : null };
    if (this.release === null) return answer;
    return new Promise((resolve) => (this.release = () => resolve(answer)));
  }

  /** The requests of these numbers come, and are told. */
  come(...numbers: number[]): void {
    for (const number of numbers) {
      this.rows.push(makeRow(number));
      this.feed?.onRequest(makeRow(number));
    }
  }
}

const listed = (): number[] => journal.rows.all.map(({ number }) => number);

async function until(isSo: () => boolean): Promise<void> {
  for (let count = 0; !isSo(); count += 1) {
    assert.ok(count < 2000, "it does not come about");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

let server: Server;
let stop: () => void = () => undefined;

/** Follow a server that has so many requests, until they are listed. */
async function open(count: number): Promise<void> {
  server.rows = Array.from({ length: count }, (_, index) => makeRow(index + 1));
  stop();
  stop = journal.start(server.source);
  server.feed?.onOpen(false);
  server.feed?.onState("live");
  await until(() => journal.isLoaded.value);
}

beforeEach(() => {
  server = new Server();
});

test("requests come by list, then by feed", async () => {
  await open(3);
  server.come(4, 5);
  await until(() => listed().length === 5);
  assert.deepEqual(listed(), [1, 2, 3, 4, 5]);
  assert.equal(journal.total.value, 5);
  assert.equal(journal.connection.value, "live");
});

test("what the feed tells while the list is read is not lost, nor counted twice", async () => {
  server.rows = [makeRow(1)];
  server.release = () => undefined;
  stop();
  stop = journal.start(server.source);
  server.feed?.onOpen(false);
  server.come(2);
  await until(() => listed().includes(2));
  server.release?.();
  await until(() => journal.isLoaded.value);
  assert.deepEqual(listed(), [1, 2]);
  assert.equal(journal.total.value, 2);
});

test("older requests are loaded once, until there are none", async () => {
  await open(1000);
  assert.equal(listed().length, 200);
  await Promise.all([journal.loadOlder(), journal.loadOlder()]);
  assert.equal(listed().length, 700);
  await journal.loadOlder();
  await journal.loadOlder();
  assert.equal(listed().length, 1000);
  assert.equal(journal.hasOlder.value, false);
  assert.deepEqual(server.asked, ["newest 200", "801 500", "301 500"]);
});

test("a paused list keeps what comes until it goes on", async () => {
  await open(1);
  journal.pause();
  server.come(2, 3);
  server.feed?.onRequest(makeRow(3, { duration_ms: 7 }));
  assert.equal(journal.waiting.value, 2);
  assert.deepEqual(listed(), [1]);
  journal.resume();
  assert.deepEqual(listed(), [1, 2, 3]);
  assert.equal(journal.rows.get(3)?.duration_ms, 7);
  assert.deepEqual([journal.waiting.value, journal.total.value], [0, 3]);
});

test("a paused list that was emptied meanwhile is read anew when it goes on", async () => {
  await open(3);
  journal.pause();
  server.come(4);
  server.rows = [makeRow(9)];
  server.feed?.onCleared();
  assert.deepEqual(listed(), [1, 2, 3]);
  journal.resume();
  await until(() => listed()[0] === 9);
  assert.deepEqual(listed(), [9]);
});

test("what the feed left out is read from the list, and answers that ended meanwhile", async () => {
  await open(2);
  server.feed?.onRequest(makeRow(3, { finished: false }));
  await until(() => listed().length === 3);
  server.rows.push(...[3, 4, 5, 6].map((number) => makeRow(number)));
  server.feed?.onSkipped();
  server.feed?.onRequest(makeRow(6));
  await until(() => listed().length === 6 && journal.rows.get(3)?.finished === true);
  assert.deepEqual(listed(), [1, 2, 3, 4, 5, 6]);
});

test("what the feed leaves out is read once, when it leaves out no more", async () => {
  await open(2);
  server.asked = [];
  for (let number = 3; number < 9; number += 1) {
    server.rows.push(makeRow(number));
    server.feed?.onSkipped();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.deepEqual(server.asked, []);
  await until(() => listed().length === 8);
  assert.equal(server.asked.length, 1);
});

test("what was left out is not read into a paused list", async () => {
  await open(2);
  server.rows.push(makeRow(3));
  server.feed?.onSkipped();
  journal.pause();
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.deepEqual(listed(), [1, 2]);
  journal.resume();
  await until(() => listed().length === 3);
});

test("an emptied journal empties the list", async () => {
  await open(2);
  server.rows = [];
  server.feed?.onCleared();
  await until(() => listed().length === 0);
  assert.equal(journal.total.value, 0);
  server.come(3);
  server.rows = [makeRow(4)];
  server.feed?.onCleared();
  await until(() => listed().length === 1);
  assert.deepEqual([listed(), journal.total.value], [[4], 1]);
  await open(2);
  await journal.clear();
  assert.deepEqual(listed(), []);
});

test("an answer that comes after another session was chosen is not taken", async () => {
  await open(2);
  server.release = () => undefined;
  server.feed?.onCleared();
  const late = server.release;
  server.release = null;
  server.rows = [makeRow(7)];
  journal.restart();
  server.feed?.onOpen(false);
  await until(() => journal.isLoaded.value);
  late();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(listed(), [7]);
});

test("a list that cannot be read says why, and is read again", async () => {
  server.error = new Error("no token");
  stop();
  stop = journal.start(server.source);
  server.feed?.onOpen(false);
  await until(() => journal.trouble.value === "no token");
  server.error = null;
  await journal.reload();
  assert.equal(journal.trouble.value, null);
  assert.equal(journal.isLoaded.value, true);
});

test("a feed that goes on where it was asks for no list", async () => {
  await open(2);
  server.asked = [];
  server.feed?.onOpen(true);
  assert.deepEqual(server.asked, []);
});
