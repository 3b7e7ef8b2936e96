// Follows the feed of requests: reads it, opens it anew when it breaks, and goes on where it was.
import { EventReader, type ServerEvent } from "./reader.ts";

export type FeedState = "connecting" | "live" | "reconnecting" | "off";

export interface Follower {
  /** The feed was opened; "again" when it had been open before: it goes on where it broke. */
  onOpen: (isAgain: boolean) => void;
  onEvent: (event: ServerEvent) => void;
  onState: (state: FeedState) => void;
}

/** Opens the feed behind the event of this id; "": from now on. */
export type OpenFeed = (lastId: string, signal: AbortSignal) => Promise<Response>;

interface Options {
  /** Waits for so many milliseconds. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** After this time without a byte the feed is taken for dead. The server sends a comment every 15 s. */
  silenceMs?: number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;

/** How long to wait before the n-th attempt in a row, from 0. */
export function backOff(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

/** Follow the feed until the function returned is called. */
export function follow(open: OpenFeed, follower: Follower, options: Options = {}): () => void {
  const stop = new AbortController();
  void run(open, follower, stop.signal, options);
  return () => stop.abort();
}

async function run(open: OpenFeed, follower: Follower, stop: AbortSignal, options: Options): Promise<void> {
  const { sleep = sleepOrWake, silenceMs = 40_000 } = options;
  const at = { id: "", attempt: 0, wasOpen: false };
  follower.onState("connecting");
  while (!stop.aborted) {
    const isRefused = await readOnce(open, follower, stop, silenceMs, at);
    if (stop.aborted) return;
    if (isRefused) return follower.onState("off");
    follower.onState("reconnecting");
    await sleep(backOff(at.attempt), stop);
    at.attempt += 1;
  }
}

interface At {
  id: string;
  attempt: number;
  wasOpen: boolean;
}

/** Read the feed until it ends. Returns whether the server refused it, so that asking again is of no use. */
async function readOnce(open: OpenFeed, follower: Follower, stop: AbortSignal, silenceMs: number, at: At): Promise<boolean> {
  const watch = new Silence(silenceMs, stop);
  try {
    const response = await open(at.id, watch.signal);
    if (!response.ok || !response.body) return response.status >= 400 && response.status < 500 && response.status !== 429;
    follower.onState("live");
    follower.onOpen(at.wasOpen);
    at.wasOpen = true;
    const reader = new EventReader();
    const body = response.body.getReader();
    for (let piece = await body.read(); !piece.done; piece = await body.read()) {
      watch.restart();
      at.attempt = 0;
      const whole = reader.push(piece.value);
      at.id = reader.lastId || at.id;
      for (const event of whole) if (!stop.aborted) follower.onEvent(event);
    }
  } catch {
    // Broken off, or the server is not there: both are tried again.
  } finally {
    watch.end();
  }
  return false;
}

/** Ends a connection on which nothing comes any more. */
class Silence {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal: AbortSignal;

  constructor(private readonly ms: number, stop: AbortSignal) {
    this.signal = AbortSignal.any([this.controller.signal, stop]);
    this.restart();
  }

  restart(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), this.ms);
  }

  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}

/** Waits, but not once the network is there again or the page is looked at again. */
function sleepOrWake(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
    signal.addEventListener("abort", wake, { once: true });
  });
}
