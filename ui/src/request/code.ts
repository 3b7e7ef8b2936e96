// A request as code that sends it again. Keys are those of the environment; stream, betas and version are as sent.
// Python and TypeScript use the SDK where it has a method that sends the same, and plain HTTP elsewhere.
import { escapeJson } from "../parts/text.ts";
import { get, isObject } from "../parts/values.ts";
import type { Entry, Json } from "../types.ts";

export type Language = "curl" | "python" | "typescript";

const WRITERS: Record<Language, (entry: Entry, base: string) => string> = {
  curl: writeCurl,
  python: (entry, base) => (fitsSdk(entry) ? writePython(entry, base) : writePythonHttp(entry, base)),
  typescript: (entry, base) => (fitsSdk(entry) ? writeTypeScript(entry, base) : writeFetch(entry, base)),
};

/** Code that sends the request to the server at `base`. */
export function writeCode(language: Language, entry: Entry, base: string): string {
  return WRITERS[language](entry, base.replace(/\/+$/, ""));
}

/** Whether all that was sent is here: of uploads the journal has the names alone. */
export function canCopy(entry: Entry): boolean {
  return !(entry.headers["content-type"] ?? "").toLowerCase().startsWith("multipart/");
}

interface Secret {
  header: string;
  prefix: string;
  variable: string;
}

function findSecret(headers: Record<string, string>): Secret | null {
  if ("x-api-key" in headers) return { header: "x-api-key", prefix: "", variable: "ANTHROPIC_API_KEY" };
  if (!("authorization" in headers)) return null;
  const prefix = /^bearer\s/i.test(headers["authorization"] ?? "") ? "Bearer " : "";
  return { header: "authorization", prefix, variable: "ANTHROPIC_AUTH_TOKEN" };
}

/** The headers that say what is asked for; the secret one apart. */
function listHeaders(entry: Entry): [string, string][] {
  const names = ["anthropic-version", "anthropic-beta", "x-mock-session", "content-type"];
  const sent = names.filter((name) => name in entry.headers).map((name): [string, string] => [name, entry.headers[name] ?? ""]);
  return sent.filter(([name]) => name !== "content-type" || entry.body !== "");
}

function writeBody(body: Json): string {
  return typeof body === "string" ? body : escapeJson(body, 2);
}

function hasBody({ method, body }: Entry): boolean {
  return method !== "GET" && method !== "HEAD" && body !== null && body !== "";
}

function quoteShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function writeCurl(entry: Entry, base: string): string {
  const secret = findSecret(entry.headers);
  const options = [get(entry.body, "stream") === true ? "--no-buffer " : "", /[[\]{}]/.test(entry.path) ? "--globoff " : ""];
  const lines = [`curl ${options.join("")}${quoteShell(base + entry.path)}`];
  if (entry.method === "HEAD") lines.push("--head");
  else if (entry.method !== (hasBody(entry) ? "POST" : "GET")) lines.push(`--request ${quoteShell(entry.method)}`);
  if (secret) lines.push(`--header "${secret.header}: ${secret.prefix}$${secret.variable}"`);
  for (const [name, value] of listHeaders(entry)) lines.push(`--header ${quoteShell(`${name}: ${value}`)}`);
  if (!hasBody(entry)) return `${lines.join(" \\\n  ")}\n`;
  // A body as an argument would be too long at 128 kB.
  const body = writeBody(entry.body);
  let end = "BODY";
  while (body.split("\n").includes(end)) end += "_";
  return `${lines.join(" \\\n  ")} \\\n  --data-binary @- <<'${end}'\n${body}\n${end}\n`;
}

// What messages.create takes, in the SDKs as of 2026-11 (anthropic 2.14.0), with betas and without.
const TAKEN = new Set(
  ("cache_control container diagnostics inference_geo max_tokens messages metadata model output_config service_tier " +
    "speed stop_sequences stream system thinking tool_choice tools").split(" "),
);
const TAKEN_BETA = new Set([...TAKEN, ..."billing_policy compaction context_management fallbacks mcp_servers thread".split(" ")]);

function isBeta({ path, betas }: Entry): boolean {
  return betas.length > 0 || path.endsWith("?beta=true");
}

/** Whether `messages.create` of the SDK sends this request. */
export function fitsSdk(entry: Entry): boolean {
  const { body, method, path, version, headers } = entry;
  const isKnown = /^\/v1\/messages(\?beta=true)?$/.test(path) && method === "POST" && version !== null;
  if (!isKnown || !isObject(body) || findSecret(headers) === null) return false;
  return (
    typeof body["model"] === "string" && Array.isArray(body["messages"]) && Number.isInteger(body["max_tokens"])
  );
}

interface Sdk {
  /** messages.create, or beta.messages.create. */
  method: string;
  known: [string, Json][];
  /** What the method has no name for. */
  more: [string, Json][];
  /** SDKs have a version of their own, so the one sent is said. */
  headers: [string, string][];
  betas: string[];
  /** Older SDKs put it into the address. */
  query: Record<string, string>;
}

function fitToSdk(entry: Entry): Sdk {
  const beta = isBeta(entry);
  const fields = Object.entries(isObject(entry.body) ? entry.body : {});
  const isKnown = ([name]: [string, Json]): boolean => (beta ? TAKEN_BETA : TAKEN).has(name);
  return {
    method: beta ? "beta.messages.create" : "messages.create",
    known: fields.filter(isKnown),
    more: fields.filter((field) => !isKnown(field)),
    headers: listHeaders(entry).filter(([name]) => name === "anthropic-version" || name === "x-mock-session"),
    betas: entry.betas,
    query: entry.path.endsWith("?beta=true") ? { beta: "true" } : {},
  };
}

/** Whether the SDK asks for a stream, or a time, before it sends so many tokens. */
function isLong({ body }: Entry): boolean {
  return get(body, "stream") !== true && Number(get(body, "max_tokens")) > 8000;
}

/** The value in Python. */
export function toPython(value: Json, indent = ""): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return escapeJson(value);
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((each) => `${inner}${toPython(each, inner)},\n`).join("")}${indent}]`;
  }
  const fields = Object.entries(value);
  if (fields.length === 0) return "{}";
  return `{\n${fields.map(([name, each]) => `${inner}${escapeJson(name)}: ${toPython(each, inner)},\n`).join("")}${indent}}`;
}

function writePython(entry: Entry, base: string): string {
  const { method, known, more, headers, betas, query } = fitToSdk(entry);
  const secret = findSecret(entry.headers) as Secret;
  const key = secret.header === "x-api-key" ? "api_key" : "auth_token";
  const given = known.map(([name, value]) => `    ${name}=${toPython(value, "    ")},\n`);
  if (betas.length > 0) given.push(`    betas=${toPython(betas, "    ")},\n`);
  given.push(`    extra_headers=${toPython(Object.fromEntries(headers), "    ")},\n`);
  if ("beta" in query) given.push(`    extra_query=${toPython(query, "    ")},\n`);
  if (more.length > 0) given.push(`    extra_body=${toPython(Object.fromEntries(more), "    ")},\n`);
  if (isLong(entry)) given.push("    timeout=600,\n");
  const call = `client.${method}(\n${given.join("")})`;
  const isStream = get(entry.body, "stream") === true;
  const show = isStream ? `for event in ${call}:\n    print(event)\n` : `message = ${call}\nprint(message.to_json())\n`;
  return (
    "import os\n\nimport anthropic\n\n" +
    `client = anthropic.Anthropic(base_url=${escapeJson(base)}, ${key}=os.environ["${secret.variable}"])\n${show}`
  );
}

function writePythonHttp(entry: Entry, base: string): string {
  const secret = findSecret(entry.headers);
  const headers = listHeaders(entry).map(([name, value]) => `    ${escapeJson(name)}: ${escapeJson(value)},\n`);
  const value = secret?.prefix ? `"${secret.prefix}" + os.environ["${secret.variable}"]` : `os.environ["${secret?.variable}"]`;
  if (secret) headers.unshift(`    "${secret.header}": ${value},\n`);
  const isJson = typeof entry.body === "object";
  const content = isJson ? `json.dumps(${toPython(entry.body)})` : escapeJson(entry.body);
  const data = hasBody(entry) ? `data = ${content}.encode()\n` : "data = None\n";
  const call = `urllib.request.Request(\n    ${escapeJson(base + entry.path)},\n    data=data,\n    headers=headers,\n    method=${escapeJson(entry.method)},\n)`;
  return (
    `${isJson && hasBody(entry) ? "import json\n" : ""}${secret ? "import os\n" : ""}import urllib.error\nimport urllib.request\n\n` +
    `headers = {\n${headers.join("")}}\n${data}request = ${call}\n` +
    "try:\n    response = urllib.request.urlopen(request)\nexcept urllib.error.HTTPError as error:\n    response = error\n" +
    "print(response.status)\nfor line in response:\n    print(line.decode(), end=\"\")\n"
  );
}

/** The value in TypeScript, where a literal with the name "__proto__" would set the prototype. */
function toTypeScript(value: Json): string {
  const write = (_: string, indent: string, name: string): string => `${indent}${name === "__proto__" ? '["__proto__"]' : name}: `;
  return escapeJson(value, 2).replace(/^( *)"([A-Za-z_$][\w$]*)": /gm, write);
}

function writeTypeScript(entry: Entry, base: string): string {
  const { method, known, more, headers, betas, query } = fitToSdk(entry);
  const secret = findSecret(entry.headers) as Secret;
  const key = secret.header === "x-api-key" ? "apiKey" : "authToken";
  const fields = Object.fromEntries([...known, ...(betas.length > 0 ? [["betas", betas]] : []), ...more]);
  const options = { headers: Object.fromEntries(headers), ...("beta" in query ? { query } : {}), ...(isLong(entry) ? { timeout: 600_000 } : {}) };
  const type = `Anthropic.${isBeta(entry) ? "Beta." : ""}Messages.MessageCreateParams${get(entry.body, "stream") === true ? "Streaming" : "NonStreaming"}`;
  // The types of the SDK know no names but its own.
  const cast = more.length > 0 ? ` as unknown as ${type}` : "";
  const call = `await client.${method}(${toTypeScript(fields)}${cast}, ${toTypeScript(options)})`;
  const isStream = get(entry.body, "stream") === true;
  const show = isStream ? `const stream = ${call};\nfor await (const event of stream) console.log(event);\n` : `const message = ${call};\nconsole.log(message);\n`;
  return (
    'import Anthropic from "@anthropic-ai/sdk";\n\n' +
    `const client = new Anthropic({ baseURL: ${escapeJson(base)}, ${key}: process.env["${secret.variable}"] ?? "" });\n${show}`
  );
}

function writeFetch(entry: Entry, base: string): string {
  const secret = findSecret(entry.headers);
  const headers = listHeaders(entry).map(([name, value]) => `    ${escapeJson(name)}: ${escapeJson(value)},\n`);
  if (secret) headers.unshift(`    "${secret.header}": \`${secret.prefix}\${process.env["${secret.variable}"]}\`,\n`);
  const { body } = entry;
  const content = typeof body === "string" ? escapeJson(body) : `JSON.stringify(${toTypeScript(body).replaceAll("\n", "\n  ")})`;
  const data = hasBody(entry) ? `  body: ${content},\n` : "";
  return (
    `const response = await fetch(${escapeJson(base + entry.path)}, {\n  method: ${escapeJson(entry.method)},\n` +
    `  headers: {\n${headers.join("")}  },\n${data}});\nconsole.log(response.status);\n` +
    "for await (const chunk of response.body ?? []) process.stdout.write(chunk);\n"
  );
}

