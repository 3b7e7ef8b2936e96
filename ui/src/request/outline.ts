// A JSON value as lines of text that people can compare: like YAML, with texts as they are.
import { escapeJson } from "../parts/text.ts";
import { isObject } from "../parts/values.ts";
import type { Json } from "../types.ts";

const DEEPEST = 60;

export function outline(value: Json): string {
  if (typeof value === "string") return value;
  return listLines(value, 0).join("\n");
}

function listLines(value: Json, depth: number): string[] {
  if (typeof value === "string") return value.split("\n");
  const isTree = (Array.isArray(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
  if (!isTree || depth > DEEPEST) return [escapeJson(value)];
  if (Array.isArray(value)) return value.flatMap((each) => mark("- ", listLines(each, depth + 1)));
  return Object.entries(value as Record<string, Json>).flatMap(([name, each]) => writeField(name, each, depth));
}

function writeField(name: string, value: Json, depth: number): string[] {
  const lines = listLines(value, depth + 1);
  const key = /^[\w$.-]+$/.test(name) ? name : escapeJson(name);
  const isShort = lines.length === 1 && (typeof value !== "object" || value === null || (lines[0] ?? "").length <= 2);
  return isShort ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
}

function mark(sign: string, lines: string[]): string[] {
  return lines.map((line, index) => (index === 0 ? sign : "  ") + line);
}
