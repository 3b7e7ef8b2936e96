// The settings that may change while the server runs, for the session looked at or for all.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, session } from "../live.ts";
import { SelectField, TextField } from "../parts/field.tsx";
import { isObject } from "../parts/values.ts";
import type { Json, Obj } from "../types.ts";
import { Section } from "./section.tsx";
import { act, useAsked, useDoing } from "./state.ts";

export interface Settings {
  pace: Json;
  unmatched: string;
  validation: string;
  tool_use: string;
  batches: Json;
  faults: { faults: Obj[]; calls: number } | null;
  changed: { server: Obj; session: Obj };
}

const CHOICES = [
  ["unmatched", "unmatched: when no scenario fits", [["auto", "auto: generated, with cassettes an error"], ["error", "error: an error"], ["generate", "generate: a generated answer"]]],
  ["validation", "validation: what the API refuses is", [["strict", "strict: refused"], ["warn", "warn: answered, and noted"], ["off", "off: not looked for"]]],
  ["tool_use", "tool_use: generated answers call", [["asked", "asked: the API's tools that are asked for"], ["once", "once: one tool, once a text"], ["all", "all: all tools, once a text"], ["none", "none: no tool"]]],
] as const;

export function SettingsSection(): JSX.Element {
  const asked = useAsked<Settings>("settings");
  return (
    <Section id="settings" title="Settings" asked={asked}>
      {(settings) => (
        <div class="stack">
          <PaceSetting settings={settings} />
          {CHOICES.map(([name, label, options]) => <ChoiceSetting name={name} label={label} options={options} settings={settings} key={name} />)}
          <OtherSetting settings={settings} />
        </div>
      )}
    </Section>
  );
}

export function patch(name: string, value: Json): Promise<Response> {
  return ask("settings", { method: "PATCH", body: { [name]: value } });
}

/** Who changed a setting: the session looked at, all sessions, or nobody. */
function whoChanged({ changed }: Settings, name: string): "session" | "server" | null {
  if (name in changed.session) return "session";
  return name in changed.server ? "server" : null;
}

interface ChangedProps {
  name: string;
  settings: Settings;
  /** How the change is called. */
  verb?: string;
}

export function Changed({ name, settings, verb = "Changed" }: ChangedProps): JSX.Element {
  const who = whoChanged(settings, name);
  const canTakeBack = who !== null && (who === "session") === (session.value !== null);
  const words = { session: `${verb} for this session.`, server: `${verb} for all sessions.` };
  return (
    <p class="changed" data-who={who}>
      <span>{who ? words[who] : "As the server was started."}</span>
      {canTakeBack && (
        <button type="button" class="button button-small button-quiet" aria-label={`Take back ${name}`} onClick={() => act(() => patch(name, null))}>
          Take back
        </button>
      )}
    </p>
  );
}

interface ChoiceProps extends ChangedProps {
  name: "unmatched" | "validation" | "tool_use";
  label: string;
  options: readonly (readonly [string, string])[];
}

function ChoiceSetting({ name, label, options, settings }: ChoiceProps): JSX.Element {
  const doing = useDoing();
  return (
    <div>
      <SelectField id={`setting-${name}`} label={label} value={settings[name]} options={options} mistake={doing.mistake} onChange={(value) => void doing.run(() => patch(name, value))} />
      <Changed name={name} settings={settings} />
    </div>
  );
}

const PACES = [["none", "none: at once"], ["realtime", "realtime: as a model does"], ["own", "first, tokens_per_second: as given"]] as const;

function PaceSetting({ settings }: { settings: Settings }): JSX.Element {
  const doing = useDoing();
  const isOpen = useSignal(false);
  const current = typeof settings.pace === "string" ? settings.pace : "own";
  const choose = (value: string): void => {
    isOpen.value = value === "own";
    if (value !== "own") void doing.run(() => patch("pace", value));
  };
  return (
    <div>
      <SelectField id="setting-pace" label="pace: how answers leave" value={isOpen.value ? "own" : current} options={PACES} mistake={isOpen.value ? null : doing.mistake} onChange={choose} />
      {(isOpen.value || current === "own") && <OwnPace pace={settings.pace} onSet={(pace) => void doing.run(() => patch("pace", pace))} mistake={doing.mistake} />}
      <Changed name="pace" settings={settings} />
    </div>
  );
}

interface OwnPaceProps {
  pace: Json;
  mistake: string | null;
  onSet: (pace: Obj) => void;
}

function OwnPace({ pace, mistake, onSet }: OwnPaceProps): JSX.Element {
  const known = isObject(pace) ? pace : {};
  const first = useSignal(typeof known.first === "number" ? `${Math.round(known.first * 1000)}ms` : "300ms");
  const rate = useSignal(String(known.tokens_per_second ?? "50"));
  const set = (event: Event): void => {
    event.preventDefault();
    // What is no number goes as it is, and the server says what it expects.
    onSet({ ...keepPace(known), first: first.value, tokens_per_second: Number.isFinite(Number(rate.value)) ? Number(rate.value) : rate.value });
  };
  return (
    <form class="fields own" onSubmit={set}>
      <TextField id="pace-first" label="first" value={first.value} onInput={(value) => (first.value = value)} />
      <TextField id="pace-rate" label="tokens_per_second" value={rate.value} mistake={mistake} onInput={(value) => (rate.value = value)} />
      <button type="submit" class="button">Set the pace</button>
    </form>
  );
}

/** What a pace says besides the two fields, in the words in which it is sent. */
function keepPace({ jitter, chunk, stall_after: after, stall_for: time }: Obj): Obj {
  const said = { jitter: jitter || null, chunk, stall: typeof after === "number" ? { after, for: time ?? 0 } : null };
  return Object.fromEntries(Object.entries(said).filter((each): each is [string, Json] => each[1] !== null && each[1] !== undefined));
}

function OtherSetting({ settings }: { settings: Settings }): JSX.Element | null {
  if (!isObject(settings.batches)) return null;
  const { takes, per_item, ...rest } = settings.batches;
  const times = Object.entries({ takes, per_item }).map(([name, value]) => [name, typeof value === "number" ? `${value}s` : value] as const);
  const told = [...times, ...Object.entries(rest)].filter(([, value]) => value !== null && value !== undefined && value !== 0);
  return (
    <div>
      <p class="field-label">batches: how they go on</p>
      <p class="card-code"><code>{told.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ")}</code></p>
      <Changed name="batches" settings={settings} />
    </div>
  );
}
