// What is composed in the view "Try", and what came of it. It stays while another view is looked at.
import { computed, signal } from "@preact/signals";
import { askJson, live, session } from "../live.ts";
import { describe } from "../parts/field.tsx";
import type { Explanation, Health, Obj, Session, Summary } from "../types.ts";
import { addTurn, answerCalls, goOn, readBody, writeBody } from "./body.ts";
import { followChat, readCompletion } from "./chat.ts";
import { isChatPath } from "../wires.ts";
import { isKeyLabel, makeHeaders, send, WAITING, type Answer, type Draft } from "./send.ts";

const FIRST: Obj = {
  model: "claude-opus-5-5",
  max_tokens: 1024,
  stream: true,
  messages: [{ role: "user", content: "hello" }],
};

export const draft = signal<Draft>({
  path: "/v1/messages",
  text: writeBody(FIRST),
  version: "2023-06-01",
  betas: "",
  key: "sk-ant-try",
  session: "",
});
/** The body as an object; null: it is none, and only the JSON can be edited. */
export const body = computed(() => readBody(draft.value.text));
export const answer = signal<Answer | null>(null);
/** The request in the journal; null: not yet known. */
export const record = signal<Summary | null>(null);
export const explanation = signal<Explanation | null>(null);
/** What could not be done. */
export const trouble = signal<string | null>(null);
/** Where a request came from that is edited. */
export const origin = signal<string | null>(null);
/** The names of models that requests had. */
export const models = signal<string[]>([]);
/** The names that a request can give to be of a session that is there. */
export const sessions = signal<string[]>([]);
/** Whether a request of the journal is being taken: until it is there, nothing is to be sent or explained. */
export const isTaking = signal(false);
export const isRunning = computed(() => answer.value?.phase === "waiting" || answer.value?.phase === "streaming");

/** Whether the request goes to the chat wire. */
export const isChat = computed(() => isChatPath(draft.value.path));

let stopping = new AbortController();
/** Counts what was asked for: an explanation that comes when something else was is not shown. */
let asked = 0;

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
}

export function setBody(next: Obj): void {
  change({ text: writeBody(next) });
}

/** The session that the request will be of; "": the one of its key. */
export const chosenSession = computed(() => draft.value.session || (session.value ?? ""));

/** Take a request of the journal, to be edited; returns whether it is there. */
export async function loadRequest(from: number): Promise<boolean> {
  const round = ++asked;
  trouble.value = null;
  isTaking.value = true;
  try {
    const entry = await live.entry(from);
    if (round !== asked) return false;
    const text = typeof entry.body === "string" ? entry.body : entry.body === null ? "" : JSON.stringify(entry.body, null, 2);
    change({ path: entry.path, text, version: entry.version ?? "", betas: entry.betas.join(","), session: entry.session });
    origin.value = describeOrigin(from, entry);
    answer.value = explanation.value = null;
    return true;
  } catch (error) {
    if (round === asked) trouble.value = `Request ${from} cannot be taken: ${describe(error)}`;
    return false;
  } finally {
    if (round === asked) isTaking.value = false;
  }
}

function describeOrigin(from: number, entry: Summary): string {
  const method = entry.method === "POST" ? "" : ` It was a ${entry.method}; here all are sent as POST.`;
  const key = isKeyLabel(entry.session) ? " Its session goes by its key, which is not shown: give it below." : "";
  return `Request ${from}, to be edited. Secrets in it are masked.${method}${key}`;
}

export async function sendDraft(): Promise<void> {
  if (isRunning.value || isTaking.value) return;
  asked += 1;
  stopping = new AbortController();
  trouble.value = explanation.value = record.value = null;
  const sent = { ...draft.value, session: chosenSession.value };
  // At once: a second click must not send it twice.
  answer.value = WAITING;
  showOutcome();
  const last = await send(sent, await findProfile(), stopping.signal, (next) => (answer.value = next));
  record.value = await findRecord(last.requestId);
  void findModels();
}

export function stop(): void {
  stopping.abort();
}

let profile: string | null = null;

async function findProfile(): Promise<string> {
  profile ??= (await askJson<Health>("health", { session: null }).catch(() => null))?.profile ?? null;
  return profile ?? "";
}

/** Requests are found by the id that their answer gives. */
async function findRecord(requestId: string | null): Promise<Summary | null> {
  if (requestId === null) return null;
  const query = { order: "newest", limit: "100" };
  const page = await askJson<{ requests: Summary[] }>("requests", { session: null, query }).catch(() => null);
  return page?.requests.find((each) => each.request_id === requestId)?? null;
}

/** The models of fixtures are known from the requests that named them: asking the API would be one more request. */
export async function findModels(): Promise<void> {
  const stats = await askJson<{ endpoints: { model: string | null }[] }>("stats", { session: null }).catch(() => null);
  const names = stats?.endpoints.map((each) => each.model).filter((name) => name !== null && name !== "other") ?? [];
  models.value = [...new Set(names as string[])];
}

export async function findSessions(): Promise<void> {
  const found = await askJson<{ sessions: Session[] }>("sessions", { session: null }).catch(() => null);
  sessions.value = found?.sessions.map((each) => each.name).filter((name) => !isKeyLabel(name)) ?? [];
}

/** Ask who would answer, and why others would not. Nothing is sent to the API. */
export async function explainDraft(): Promise<void> {
  if (isTaking.value) return;
  const round = ++asked;
  trouble.value = null;
  const content = body.value;
  if (!content) {
    trouble.value = "The body is not a JSON object, so nothing can be explained; sent as it is, the API says what it thinks of it.";
    return;
  }
  const sent = { ...draft.value, session: chosenSession.value };
  const headers = makeHeaders(sent, "");
  try {
    const found = await askJson<Explanation>("explain", { session: chosenSession.value || null, body: { body: content, headers, path: draft.value.path } });
    if (round !== asked) return;
    explanation.value = found;
    answer.value = null;
    showOutcome();
  } catch (error) {
    if (round === asked) trouble.value = describe(error);
  }
}

/** Go on behind the answer: with the results of its calls, or with a turn of the user. */
export function follow(kind: "calls" | "turn"): void {
  const message = readCompletion(answer.value?.body ?? null);
  if (!body.value || !message) return;
  if (isChat.value) setBody(followChat(body.value, message, kind));
  else setBody(kind === "calls" ? answerCalls(body.value, message) : goOn(body.value, message));
  focusTurn();
}

export function addOneTurn(): void {
  if (!body.value) return;
  setBody(addTurn(body.value));
  focusTurn();
}

/** The last turn is what is written next. */
function focusTurn(): void {
  requestAnimationFrame(() => {
    const texts = document.querySelectorAll<HTMLTextAreaElement>(".try-turn:last-of-type textarea");
    texts[0]?.focus();
    texts[0]?.select();
  });
}

/** Where there is no room for all of it, the answer stands below the request. */
function showOutcome(): void {
  document.querySelector(".try-answer")?.scrollIntoView({ block: "nearest" });
}
