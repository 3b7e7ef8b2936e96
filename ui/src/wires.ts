// The wires: what comes on another one than that of the Messages API is read in the Messages form.
import { getText } from "./parts/values.ts";
import type { Entry } from "./types.ts";

/** The paths of requests for messages, by endpoint. */
export const PATHS: Record<string, string> = { messages: "/v1/messages", "chat/completions": "/v1/chat/completions" };

/** Whether a path is that of chat completions. */
export function isChatPath(path: string): boolean {
  return /\/chat\/completions\/?(\?|$)/.test(path);
}

/** A request as it was read, and its message as it was composed; an error stays as it left. */
export function asRead(entry: Entry): Entry {
  const isMessage = getText(entry.composed, "type") === "message";
  return { ...entry, body: entry.read ?? entry.body, answer: isMessage ? entry.composed : entry.answer };
}

/** What the gateway did, in words; null: there is none. */
export function tellGateway({ gateway, channel, tries }: Pick<Entry, "gateway" | "channel" | "tries">): string | null {
  if (gateway === null) return null;
  const failed = tries.map(({ channel: name, status }) => `${name} (${status})`).join(", ");
  return [gateway, ...(channel ? [`channel ${channel}`] : []), ...(failed ? [`after ${failed}`] : [])].join(" · ");
}
