// The data of an exported session, which stand in the page itself.
import { formatCount, formatDay, formatTime } from "./parts/format.ts";
import type { Source } from "./source.ts";
import type { Changes, Entry, Timeline } from "./types.ts";

export interface ExportedRequest {
  entry: Entry;
  timeline: Timeline;
  changes: Changes;
}

export interface Exported {
  title: string;
  version: string;
  /** When it was written, in seconds since 1970. */
  at: number;
  session: string | null;
  requests: ExportedRequest[];
  /** How many requests were left out, since the file would be too large. */
  left_out: number;
}

export function readExported(): Exported {
  return JSON.parse(document.getElementById("data")?.textContent ?? "{}");
}

/** When a report was written, by which version, and what is not in it. */
export function describe({ at, version, left_out }: Exported): string {
  const parts = [`${formatDay(at)} ${formatTime(at).slice(0, 5)}`, `messages-mockserver ${version}`];
  if (left_out) parts.push(`without ${formatCount(left_out)} older ${left_out === 1 ? "request" : "requests"}`);
  return parts.join(" · ");
}

/** Whether a text stands in a request or its answer, in whatever case. */
function hasText(entry: Entry, text: string): boolean {
  return JSON.stringify([entry.body, entry.read, entry.answer, entry.composed]).toLowerCase().includes(text.toLowerCase());
}

export function makeSource(exported: Exported): Source {
  const byNumber = new Map(exported.requests.map((each) => [each.entry.number, each]));
  const find = async (number: number): Promise<ExportedRequest> => {
    const found = byNumber.get(number);
    if (!found) throw new Error(`Request ${number} is not in this report.`);
    return found;
  };
  return {
    isLive: false,
    list: async ({ text }) => {
      const found = exported.requests.map((each) => each.entry).filter((entry) => !text || hasText(entry, text));
      return { requests: found, total: found.length, next: null };
    },
    entry: async (number) => (await find(number)).entry,
    timeline: async (number) => (await find(number)).timeline,
    changes: async (number) => (await find(number)).changes,
  };
}
