// The requests of the page: read from the source in pages, and followed as they come.
import { batch, signal } from "@preact/signals";
import type { FeedState } from "../feed/follow.ts";
import type { Feed, Source } from "../source.ts";
import type { Summary } from "../types.ts";
import { Rows } from "./rows.ts";

/** Beyond so many the oldest leave the page's memory; the server's journal has them still. */
const MOST = 20_000;
/** Requests of a page: few at first, so that the server has others to answer in between. */
const FIRST_PAGE = 200;
const NEXT_PAGE = 500;
const LARGEST_PAGE = 1000;
/** Pages that are read at most to find what was missed. */
const MOST_PAGES = 10;
/** Requests that come within this time are shown together. */
const GATHER_MS = 60;
/** What the feed left out is read once it leaves out nothing for this time: while requests come fast, the server has enough to do. */
const QUIET_MS = 500;
/** But after this time in any case. */
const PATIENCE_MS = 10_000;

export const rows = new Rows();
/** Changes when the rows do. */
export const version = signal(0);
/** Whether the source has older requests than these. */
export const hasOlder = signal(false);
/** How many the source has. */
export const total = signal(0);
export const isLoaded = signal(false);
export const isLoading = signal(false);
/** Why the requests could not be read. */
export const trouble = signal<string | null>(null);
export const connection = signal<"none" | FeedState>("none");
export const isPaused = signal(false);
/** How many requests came while the list is paused. */
export const waiting = signal(0);

let source: Source | null = null;
let stop: (() => void) | null = null;
/** Counts starts: what was asked before the last one is not taken. */
let round = 0;
/** The number behind which requests are missing; null: none are. */
let gap: number | null = null;
let isCatchingUp = false;
/** When the feed left something out the last time. */
let missedAt = 0;
let arrived = new Map<number, Summary>();
let timer: ReturnType<typeof setTimeout> | null = null;
let mustReload = false;
/** The latest request that waits. */
let heldTo = 0;
/** What came while the list is read anew; null: it is not. */
let recent: Map<number, Summary> | null = null;

/** Read the requests of a source, and follow it. Returns what ends that. */
export function start(from: Source): () => void {
  source = from;
  restart();
  return () => {
    stop?.();
    round += 1;
  };
}

/** Begin anew, since others are looked at. */
export function restart(): void {
  stop?.();
  round += 1;
  batch(() => {
    isLoaded.value = false;
    isPaused.value = false;
    trouble.value = null;
    forget();
  });
  if (source?.follow) stop = source.follow(FEED);
  else void reload();
}

const FEED: Feed = {
  // What came before the feed was open is in the list, what comes later in the feed: so the list is read after it.
  onOpen: (isAgain) => void (isAgain || reload()),
  onRequest: (row) => {
    if (isPaused.value) hold(row);
    else {
      arrived.set(row.number, row);
      timer ??= setTimeout(takeArrived, GATHER_MS);
    }
  },
  onCleared: () => {
    // What waits came before: the list that is read anew has what is left of it.
    arrived = new Map();
    if (isPaused.value) mustReload = true;
    else void reload();
  },
  onSkipped: () => {
    if (isPaused.value) mustReload = true;
    else void catchUp(rows.newest);
  },
  onState: (state) => {
    connection.value = state;
    // Without a feed the list is still worth reading.
    if (state !== "live" && !isLoaded.value) void reload();
  },
};

/** Keep a request until the list goes on: not more than the list would hold, which is read anew then. */
function hold(row: Summary): void {
  if (row.number > heldTo) {
    heldTo = row.number;
    waiting.value += 1;
  }
  if (arrived.size < MOST) arrived.set(row.number, row);
  else mustReload = true;
}

function takeArrived(): void {
  timer = null;
  const before = rows.newest;
  const news = [...arrived.values()];
  arrived = new Map();
  for (const row of news) recent?.set(row.number, row);
  batch(() => {
    waiting.value = 0;
    total.value += news.filter(({ number }) => number > before).length;
    put(news);
  });
}

function put(batch: readonly Summary[]): void {
  rows.put(batch);
  if (rows.cut(MOST)) hasOlder.value = true;
  version.value += 1;
}

function forget(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  arrived = new Map();
  mustReload = false;
  gap = null;
  rows.clear();
  waiting.value = 0;
  total.value = 0;
  hasOlder.value = false;
  version.value += 1;
}

/** Ask the source for a page, the newest first; null: something else is looked at by now, or it failed. */
async function readPage(limit: number, after: number | null = null): Promise<Awaited<ReturnType<Source["list"]>> | null> {
  const asked = round;
  if (!source) return null;
  try {
    const query = { order: "newest", limit: String(limit), ...(after === null ? {} : { after: String(after) }) };
    const page = await source.list(query);
    if (asked !== round) return null;
    trouble.value = null;
    return page;
  } catch (error) {
    if (asked === round) trouble.value = error instanceof Error ? error.message : String(error);
    return null;
  }
}

let works = 0;

/** Tell that requests are being loaded until they are in the list: so none are loaded twice. */
async function load(work: () => Promise<void>): Promise<void> {
  works += 1;
  isLoading.value = true;
  try {
    await work();
  } finally {
    works -= 1;
    isLoading.value = works > 0;
  }
}

/** Read the list anew. */
export const reload = (): Promise<void> => load(readAnew);

async function readAnew(): Promise<void> {
  const since = new Map<number, Summary>();
  recent = since;
  const page = await readPage(FIRST_PAGE);
  if (recent === since) recent = null;
  if (!page) return;
  batch(() => {
    const late = [...since.values(), ...arrived.values()];
    const newest = page.requests[0]?.number ?? 0;
    forget();
    total.value = page.total + new Set(late.map(({ number }) => number).filter((number) => number > newest)).size;
    hasOlder.value = page.next !== null;
    put([...page.requests].reverse());
    put(late);
    isLoaded.value = true;
  });
}

/** Read the requests that the feed left out, behind this number, when it leaves out no more. */
async function catchUp(from: number): Promise<void> {
  gap = Math.min(gap ?? from, from);
  missedAt = Date.now();
  if (isCatchingUp) return;
  isCatchingUp = true;
  while (gap !== null) {
    await waitForQuiet();
    await load(fillGap);
  }
  isCatchingUp = false;
}

async function waitForQuiet(): Promise<void> {
  const begun = Date.now();
  do await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  while (Date.now() - missedAt < QUIET_MS && Date.now() - begun < PATIENCE_MS);
}

async function fillGap(): Promise<void> {
  if (gap === null) return;
  // The end of an answer may have been left out, too.
  const running = rows.all.find((row) => !row.finished)?.number ?? gap + 1;
  const known = Math.min(gap, running - 1);
  gap = null;
  if (isPaused.value) mustReload = true;
  else put(await readBack(known));
}

/** The requests behind this number, in pages from the newest. */
async function readBack(known: number): Promise<Summary[]> {
  const found: Summary[] = [];
  let next: number | null = Infinity;
  for (let count = 0; next !== null && next > known && count < MOST_PAGES; count += 1) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(LARGEST_PAGE, count ? next : null);
    if (!page) return [];
    found.push(...page.requests);
    total.value = page.total;
    next = page.next;
  }
  return found.reverse();
}

/** Read the page of requests before the oldest that is known. */
export async function loadOlder(): Promise<void> {
  if (!hasOlder.value || isLoading.value || rows.all.length >= MOST) return;
  await load(async () => {
    const page = await readPage(NEXT_PAGE, rows.oldest);
    if (!page) return;
    batch(() => {
      hasOlder.value = page.next !== null;
      put([...page.requests].reverse());
    });
  });
}

export function pause(): void {
  if (timer !== null) {
    clearTimeout(timer);
    takeArrived();
  }
  heldTo = rows.newest;
  isPaused.value = true;
}

export function resume(): void {
  isPaused.value = false;
  if (mustReload) void reload();
  else takeArrived();
}

/** Empty the journal of the source. */
export async function clear(): Promise<void> {
  await source?.clear?.();
  isPaused.value = false;
  await reload();
}
