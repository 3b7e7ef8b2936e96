// The faults that can be planned, as the schema of scenarios tells them, and the form's values as a fault.
import { isObject } from "../parts/values.ts";
import type { Json, Obj } from "../types.ts";

/** "text" is sent as it is; of a "value" that is a number, or null, the number or null. */
export type Kind = "value" | "text" | "flag" | "choice";

export interface Option {
  name: string;
  hint: string;
  kind: Kind;
  choices: string[];
}

export interface FaultForm {
  name: string;
  /** Its places: after_events, after_ms, at_block. */
  places: string[];
  options: Option[];
}

const PLACES = ["after_events", "after_ms", "at_block"];
/** "at" says the same as at_block. */
const HIDDEN = ["then", "at", ...PLACES];

/** The faults in the schema, by name. */
export function readFaults(schema: Obj): FaultForm[] {
  const fault = get(get(schema, "$defs"), "fault");
  const mapping = list(fault.anyOf).map(object).find((each) => each.type === "object") ?? {};
  const names = list(get(get(mapping, "properties"), "then").enum).map(String);
  const rules = list(mapping.allOf).map(object);
  return names.map((name) => {
    const rule = rules.find((each) => list(get(get(get(each, "if"), "properties"), "then").enum).includes(name)) ?? {};
    const properties = get(get(rule, "then"), "properties");
    const options = Object.keys(properties).filter((key) => !HIDDEN.includes(key));
    return {
      name,
      places: PLACES.filter((place) => place in properties),
      options: options.map((key) => readOption(key, get(properties, key))),
    };
  });
}

function readOption(name: string, schema: Obj): Option {
  const kinds = list(schema.type ?? list(schema.anyOf).flatMap((each) => list(object(each).type))).map(String);
  const choices = list(schema.enum ?? list(schema.anyOf).flatMap((each) => list(object(each).enum))).map(String);
  const isText = kinds.every((kind) => kind === "string");
  const kind = choices.length ? "choice" : kinds.includes("boolean") ? "flag" : isText ? "text" : "value";
  return { name, hint: String(schema.description ?? ""), kind, choices };
}

/** The body of a change of settings; values that are empty are left out. */
export function makePlan(form: FaultForm, place: string, values: Record<string, string>, calls: string): Obj {
  const plan: Obj = { then: form.name };
  if (form.places.includes(place)) plan[place] = readValue(values[place] ?? "", "value");
  for (const option of form.options) {
    const value = values[option.name] ?? "";
    if (value !== "") plan[option.name] = readValue(value, option.kind);
  }
  return { ...plan, calls: Number(calls) };
}

/** Numbers are numbers, also where a text may stand: 3 seconds, but "300ms". Else the server says what it wants. */
function readValue(value: string, kind: Kind): Json {
  if (kind === "flag") return value === "true";
  if (kind !== "value") return value;
  if (value === "null") return null;
  return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

function object(value: Json | undefined): Obj {
  return isObject(value) ? value : {};
}

function get(value: Obj, key: string): Obj {
  return object(value[key]);
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
