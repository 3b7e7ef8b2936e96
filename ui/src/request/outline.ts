// A JSON value as lines of text that people can compare: like YAML, with texts as they are.
import { formatCount } from "../parts/format.ts";
import { escapeJson } from "../parts/text.ts";
import { isObject } from "../parts/values.ts";
import type { Json } from "../types.ts";

const DEEPEST = 60;
const LONG = 300;

/** The lines. `isBrief` cuts long texts without a space, such as signatures and pictures. */
export function outline(value: Json, isBrief = false): string {
  if (typeof value === "string") return value;
  return listLines(value, 0, isBrief).join("\n");
}

function listLines(value: Json, depth: number, isBrief: boolean): string[] {
  if (typeof value === "string") return isBrief ? cutData(value).split("\n") : value.split("\n");
  const isTree = (Array.isArray(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
  if (!isTree || depth > DEEPEST) return [escapeJson(value)];
  if (Array.isArray(value)) return value.flatMap((each) => mark("- ", listLines(each, depth + 1, isBrief)));
  return Object.entries(value as Record<string, Json>).flatMap(([name, each]) =>
    writeField(name, each, listLines(each, depth + 1, isBrief)),
  );
}

function cutData(text: string): string {
  return text.length > LONG && !/\s/.test(text.slice(0, LONG)) ? `${text.slice(0, 48)}… (${formatCount(text.length)} characters)` : text;
}

function writeField(name: string, value: Json, lines: string[]): string[] {
  const key = /^[\w$.-]+$/.test(name) ? name : escapeJson(name);
  const isShort = lines.length === 1 && (typeof value !== "object" || value === null || (lines[0] ?? "").length <= 2);
  return isShort ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
}

function mark(sign: string, lines: string[]): string[] {
  return lines.map((line, index) => (index === 0 ? sign : "  ") + line);
}
