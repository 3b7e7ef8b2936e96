// What a JSON Schema has against a value: the mistake that is meant, not all that follow from it.
import type { Json } from "../types.ts";
import type { Path } from "./document.ts";
import { fitsType, flatten, follow, isObject, isPlaceholder, keysOf, type Schema } from "./schema.ts";
import { findNearest, joinWithOr, listTypes, write } from "./words.ts";

export interface Mistake {
  path: Path;
  /** Put into words when it is read: most mistakes are those of alternatives that were not meant. */
  readonly message: string;
  kind: Kind;
  /** Whether the key is wrong, not its value. */
  isKey: boolean;
}

/** "expected": the value is of another kind; "near": a known word was probably meant. */
type Kind = "expected" | "near" | "other";

/** The mistakes of a value. Keywords that our schemas do not use are passed over. */
export function findMistakes(root: Schema, schema: Json | undefined, value: unknown, path: Path = []): Mistake[] {
  if (schema === undefined || schema === true) return [];
  if (schema === false) return [mistake(path, "This is not possible here.", true)];
  const plain = follow(root, schema);
  const type = checkType(root, plain, value, path);
  if (type.length) return type;
  return CHECKS.flatMap((check) => check(root, plain, value, path));
}

type Check = (root: Schema, schema: Schema, value: unknown, path: Path) => Mistake[];
const CHECKS: Check[] = [checkNamed, checkText, checkNumber, checkItems, checkKeys, checkCombined, checkCondition];

function mistake(path: Path, words: string | (() => string), isKey = false, kind: Kind = "other"): Mistake {
  return {
    path,
    isKey,
    kind,
    get message() {
      return typeof words === "string" ? words : words();
    },
  };
}

function expected(path: Path, list: () => string): Mistake {
  return mistake(path, () => `Expected: ${list()}.`, false, "expected");
}

function checkType(root: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (fitsType(root, schema, value)) return [];
  return [expected(path, () => listTypes(flatten(root, schema)))];
}

function checkNamed(_: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  const named = Array.isArray(schema["enum"]) ? schema["enum"] : "const" in schema ? [schema["const"] as Json] : null;
  if (named === null || named.some((each) => each === value)) return [];
  const near = typeof value === "string" ? findNearest(value, named.map(write)) : undefined;
  if (near) return [mistake(path, `${write(value)} is not known: did you mean ${near}?`, false, "near")];
  const few = named.slice(0, 12).map(write);
  return [expected(path, () => (named.length > 12 ? `one of ${few.join(", ")} …` : joinWithOr(few)))];
}

function checkText(_: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (typeof value !== "string") return [];
  const { pattern, minLength } = schema;
  if (typeof minLength === "number" && value.length < minLength) return [mistake(path, "This must not be empty.")];
  if (typeof pattern !== "string" || new RegExp(pattern, "u").test(value)) return [];
  return [mistake(path, `This does not have the form ${pattern}.`)];
}

function checkNumber(_: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (typeof value !== "number") return [];
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (typeof minimum === "number" && value < minimum) return [mistake(path, `At least ${minimum}.`)];
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum)
    return [mistake(path, `More than ${exclusiveMinimum}.`)];
  return typeof maximum === "number" && value > maximum ? [mistake(path, `At most ${maximum}.`)] : [];
}

function checkItems(root: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (!Array.isArray(value)) return [];
  const { items, minItems } = schema;
  if (typeof minItems === "number" && value.length < minItems) return [mistake(path, "This list must not be empty.")];
  return items === undefined ? [] : value.flatMap((each, index) => findMistakes(root, items, each, [...path, index]));
}

function checkKeys(root: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (!isObject(value)) return [];
  const { propertyNames, required, dependentRequired } = schema;
  const found = Object.entries(value).flatMap(([key, each]) => checkKey(root, schema, key, each, [...path, key]));
  if (isObject(propertyNames)) {
    const wrong = Object.keys(value).filter((key) => findMistakes(root, propertyNames, key).length);
    found.push(...wrong.map((key) => mistake([...path, key], `"${key}" is not possible here.`, true)));
  }
  const needed = Array.isArray(required) ? required.map(String) : [];
  for (const [key, more] of isObject(dependentRequired) ? Object.entries(dependentRequired) : []) {
    if (key in value && Array.isArray(more)) needed.push(...more.map(String));
  }
  const missing = needed.filter((key) => !(key in value));
  return [...found, ...missing.map((key) => mistake(path, `The key "${key}" is missing.`))];
}

function checkKey(root: Schema, schema: Schema, key: string, value: unknown, path: Path): Mistake[] {
  const { properties, patternProperties, additionalProperties } = schema;
  if (isObject(properties) && properties[key] !== undefined) return findMistakes(root, properties[key], value, path);
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : [];
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(key));
  if (matching.length) return matching.flatMap(([, each]) => findMistakes(root, each, value, path));
  if (additionalProperties !== false) return findMistakes(root, additionalProperties, value, path);
  const near = findNearest(
    key,
    keysOf([schema]).map((each) => each.name),
  );
  const words = `"${key}" is no key of ${nameHolder(path)}${near ? `: did you mean "${near}"?` : "."}`;
  return [mistake(path, words, true, near ? "near" : "other")];
}

/** The mapping whose key is at a path: by the key it has itself. */
function nameHolder(path: Path): string {
  const [holder, above] = [
    path.at(-2),
    path.findLast((part, index) => index < path.length - 1 && typeof part === "string"),
  ];
  if (holder === undefined || above === undefined) return "a file of scenarios";
  if (typeof holder === "string") return holder;
  return above === "scenarios" ? "a scenario" : `an item of ${above}`;
}

function checkCombined(root: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  const { allOf, anyOf, oneOf, not } = schema;
  const all = Array.isArray(allOf) ? allOf.flatMap((each) => findMistakes(root, each, value, path)) : [];
  if (isObject(not) && !findMistakes(root, not, value).length) all.push(mistake(path, "This is not possible here."));
  for (const branches of [anyOf, oneOf]) {
    if (Array.isArray(branches)) all.push(...checkBranches(root, branches, value, path, branches === oneOf));
  }
  return all;
}

function checkBranches(root: Schema, branches: Json[], value: unknown, path: Path, isOne: boolean): Mistake[] {
  const tried: Mistake[][] = [];
  for (const branch of branches) {
    const found = findMistakes(root, branch, value, path);
    if (!isOne && !found.length) return [];
    tried.push(found);
  }
  const good = tried.filter((each) => each.length === 0).length;
  const names = listRequired(branches);
  if (good > 1) return [mistake(path, `Only one of ${joinWithOr(names)}.`)];
  if (good) return [];
  if (names.length) return [mistake(path, `One of ${joinWithOr(names)} is missing.`)];
  // The branch that was probably meant is that of the type, or got furthest; else all of them are named.
  const typed = tried.filter((_, index) => !isPlaceholder(branches[index]) && fitsType(root, branches[index], value));
  const best = (typed.length ? typed : tried).reduce((a, b) =>
    depth(b) > depth(a) || (depth(b) === depth(a) && b.length < a.length) ? b : a,
  );
  const kind = best[0]?.kind ?? "expected";
  const isMeant = depth(best) > path.length || kind === "near" || (typed.length === 1 && kind !== "expected");
  return isMeant ? best : [expected(path, () => listTypes(flatten(root, { anyOf: branches })))];
}

/** The keys of alternatives that do nothing but ask for a key. */
function listRequired(branches: Json[]): string[] {
  const needs = branches.map((each) => (isObject(each) && Array.isArray(each["required"]) ? each["required"] : null));
  return needs.every((each) => each !== null) ? needs.flat().map(String) : [];
}

function depth(mistakes: Mistake[]): number {
  return Math.min(...mistakes.map((each) => each.path.length));
}

function checkCondition(root: Schema, schema: Schema, value: unknown, path: Path): Mistake[] {
  if (!isObject(schema["if"])) return [];
  return findMistakes(
    root,
    findMistakes(root, schema["if"], value).length ? schema["else"] : schema["then"],
    value,
    path,
  );
}
