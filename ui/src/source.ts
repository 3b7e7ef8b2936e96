// Where the page has its data from: a running server, or the file into which a session was exported.
import type { FeedState } from "./feed/follow.ts";
import type { Changes, Entry, Json, Summary, Timeline } from "./types.ts";

export interface Page {
  requests: Summary[];
  total: number;
  next: number | null;
}

/** What happens to the requests of a running server. */
export interface Feed {
  /** The feed is open; "again" after it broke: it goes on where it was. */
  onOpen(isAgain: boolean): void;
  /** A request came, or its answer has left. */
  onRequest(row: Summary): void;
  /** The journal was emptied. */
  onCleared(): void;
  /** Requests were left out, since too many came at once. */
  onSkipped(): void;
  onState(state: FeedState): void;
}

export interface Source {
  /** Whether something can be changed: a report is only read. */
  readonly isLive: boolean;
  /** The session whose requests are listed; null, or left out: all. */
  readonly session?: { readonly value: string | null };
  /** Where the API of the server is, without a slash at the end. */
  readonly api?: string;
  list(query: Record<string, string>): Promise<Page>;
  entry(number: number): Promise<Entry>;
  timeline(number: number): Promise<Timeline>;
  changes(number: number): Promise<Changes>;
  /** Follow what comes, until the function returned is called. */
  follow?(feed: Feed): () => void;
  /** The requests of the session as a file: "html", "json" or "scenarios". */
  export?(format: string): Promise<Response>;
  /** Empty the journal. */
  clear?(): Promise<void>;
}

/** A request that the control interface refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** The object below "error", or the text that came instead. */
    readonly error: { message: string; expected?: Json; problems?: { line: number | null; column: number | null; message: string }[] },
  ) {
    super(error.message);
  }
}
