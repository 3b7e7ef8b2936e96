// Where the page has its data from: a running server, or the file into which a session was exported.
import type { Changes, Entry, Json, Summary, Timeline } from "./types.ts";

export interface Page {
  requests: Summary[];
  total: number;
  next: number | null;
}

export interface Source {
  /** Whether something can be changed: a report is only read. */
  readonly isLive: boolean;
  list(query: Record<string, string>): Promise<Page>;
  entry(number: number): Promise<Entry>;
  timeline(number: number): Promise<Timeline>;
  changes(number: number): Promise<Changes>;
  /** The YAML of a scenario that answers the request as it was answered, to be edited. */
  draft(number: number): Promise<string>;
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
