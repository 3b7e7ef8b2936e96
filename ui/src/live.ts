// The control interface of the server that gave this page.
import { signal } from "@preact/signals";
import { follow } from "./feed/follow.ts";
import type { ServerEvent } from "./feed/reader.ts";
import { decode } from "./router.ts";
import { Refused, type Feed, type Page, type Source } from "./source.ts";
import type { Changes, Entry, Json, Summary, Timeline } from "./types.ts";

// The page is at …/_mock/, also below /_session/NAME; everything else beside it.
const ROOT = new URL("./", document.baseURI);
/** The root of the API itself. */
export const API = new URL("../", ROOT);
const TOKEN = "mockserver-token";

/** Whether the server asks for a token that the page does not have. */
export const needsToken = signal(false);
/** The session in whose path the page is (/_session/NAME/_mock/); null: it is at the root. */
export const OWN_SESSION = decode(/\/_session\/([^/]+)\//.exec(ROOT.pathname)?.[1] ?? "") || null;
/** The session that is looked at, as the address says (?session=NAME); null: all. */
export const session = signal<string | null>(OWN_SESSION ?? (new URL(location.href).searchParams.get("session") || null));

/** Look at another session, also after the page is loaded anew. */
export function setSession(name: string | null): void {
  session.value = name;
  const url = new URL(location.href);
  if (name === null) url.searchParams.delete("session");
  else url.searchParams.set("session", name);
  history.replaceState(null, "", url);
}

/** Take the token from the address of the page, where it must not stay. */
export function takeToken(): void {
  const url = new URL(location.href);
  const token = url.searchParams.get("token");
  if (token !== null) {
    setToken(token);
    url.searchParams.delete("token");
    history.replaceState(null, "", url);
  }
}

export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
  needsToken.value = false;
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

export function makeHeaders(more: Record<string, string> = {}): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return { ...(token ? { "x-mock-token": token } : {}), ...more };
}

export function address(path: string, query: Record<string, string> = {}): URL {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

interface Asking {
  method?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Sent as JSON, or as it is when it is a text. */
  body?: Json | string;
  /** Whose request it is; as a rule that of the session looked at. */
  session?: string | null;
}

/** Ask the control interface; returns the response when its status is 2xx. */
export async function ask(path: string, asking: Asking = {}): Promise<Response> {
  const { method = asking.body === undefined ? "GET" : "POST", body } = asking;
  const about = asking.session === undefined ? session.value : asking.session;
  const query = { ...asking.query, ...(about === null ? {} : { session: about }) };
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const init = { method, headers: makeHeaders(asking.headers), ...(text === undefined ? {} : { body: text }) };
  const response = await reach(new Request(address(path, query), init));
  if (response.ok) return response;
  if (response.status === 401) needsToken.value = true;
  throw new Refused(response.status, await readError(response));
}

/** Fetch, and say in words where no response comes: browsers say no more than "Failed to fetch". */
export async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted || !(error instanceof TypeError)) throw error;
    throw new Error("The server cannot be reached, or it closed the connection.", { cause: error });
  }
}

async function readError(response: Response): Promise<Refused["error"]> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    if (typeof error?.message === "string") return error;
  } catch {
    // It is told as it is.
  }
  return { message: text || `The server answered ${response.status}.` };
}

export async function askJson<T>(path: string, asking: Asking = {}): Promise<T> {
  return (await ask(path, asking)).json();
}

/** Open the feed of requests behind an event. */
async function openFeed(lastId: string, signal: AbortSignal): Promise<Response> {
  const query = session.value === null ? {} : { session: session.value };
  const headers = makeHeaders(lastId ? { "last-event-id": lastId } : {});
  const response = await fetch(address("events", query), { headers, signal });
  if (response.status === 401) needsToken.value = true;
  return response;
}

function tell(feed: Feed, { name, data }: ServerEvent): void {
  if (name === "request" && data !== null) feed.onRequest(JSON.parse(data) as Summary);
  else if (name === "cleared") feed.onCleared();
  else if (name === "skipped") feed.onSkipped();
}

/** All requests of the journal are found by their number, whichever session is looked at. */
const ANY = { session: null };

/** The YAML of a scenario that answers the request as it was answered, to be edited. */
export async function readDraft(number: number): Promise<string> {
  return (await ask(`requests/${number}/scenario`, { ...ANY, query: { draft: "true" } })).text();
}

export const live: Source = {
  isLive: true,
  session,
  api: API.href.replace(/\/$/, ""),
  list: (query) => askJson<Page>("requests", { query }),
  entry: (number) => askJson<Entry>(`requests/${number}`, ANY),
  timeline: (number) => askJson<Timeline>(`requests/${number}/events`, ANY),
  changes: (number) => askJson<Changes>(`requests/${number}/changes`, ANY),
  follow: (feed) =>
    follow(openFeed, { onOpen: feed.onOpen, onState: feed.onState, onEvent: (event) => tell(feed, event) }),
  export: (format) => ask("export", { query: { format } }),
  clear: async () => void (await ask("requests", { method: "DELETE" })),
};
