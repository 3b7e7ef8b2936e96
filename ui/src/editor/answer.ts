// The part of a scenario that one changes first: what it answers.
import { isMap, isScalar, isSeq } from "yaml";
import { parse, spanOf, type Span } from "./document.ts";

const ANSWERS = ["reply", "turns", "calls"];
/** The keys that lead to its words, in this order; where there is none of them, the first key does. */
const WORDS = [...ANSWERS, "answers", "text", "content", "input", "message", "body", "json"];

/** The words of the first answer: its text, else the first value in it; the beginning where there is no answer. */
export function findAnswer(text: string): Span {
  const root = parse(text).contents;
  const list = isMap(root) && root.has("scenarios") ? root.get("scenarios", true) : root;
  const scenario = isSeq(list) ? list.items[0] : list;
  if (!isMap(scenario) || !ANSWERS.some((key) => scenario.has(key))) return { from: 0, to: 0 };
  const node = descend(scenario);
  return isScalar(node) ? trim(text, spanOf(node)) : spanOf(node);
}

function descend(node: unknown, holder?: string): unknown {
  if (isSeq(node) && node.items.length) {
    const told = holder === "content" ? node.items.find((each) => isMap(each) && each.has("text")) : undefined;
    return descend(told ?? node.items[0]);
  }
  if (!isMap(node) || !node.items.length) return node;
  const key = WORDS.find((each) => node.has(each));
  return descend(key === undefined ? node.items[0]?.value : node.get(key, true), key);
}

/** Without the quotes around it, or the mark of a block text (">-") above it. */
function trim(text: string, { from, to }: Span): Span {
  const written = text.slice(from, to);
  const quoted = /^(["'])[^]*\1$/.test(written);
  if (quoted) return { from: from + 1, to: to - 1 };
  const mark = /^[|>][^\n]*\n[ \t]*/.exec(written)?.[0].length ?? 0;
  return { from: from + mark, to: from + written.trimEnd().length };
}
