// Faults for the next answers, whatever gives them.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { NumberField, SelectField, TextField } from "../parts/field.tsx";
import type { Obj } from "../types.ts";
import { makePlan, readFaults, type FaultForm, type Option } from "./faults.ts";
import { describeFault } from "../request/events.ts";
import { Section } from "./section.tsx";
import { Changed, patch, type Settings } from "./settings.tsx";
import { useAsked, useDoing } from "./state.ts";

const PLACES: Record<string, string> = {
  after_events: "after_events: so many",
  after_ms: "after_ms: milliseconds",
  at_block: "at_block: once it has begun",
};

export function PlanSection(): JSX.Element {
  const schema = useAsked<Obj>("schema/scenarios.json", true);
  const settings = useAsked<Settings>("settings");
  return (
    <Section id="faults" title="Faults for the next answers" asked={schema}>
      {(value) => (
        <div class="stack">
          <div role="status">{settings.value && <Planned settings={settings.value} />}</div>
          <PlanForm faults={readFaults(value)} />
        </div>
      )}
    </Section>
  );
}

function Planned({ settings }: { settings: Settings }): JSX.Element {
  const { faults } = settings;
  if (!faults) return <p class="told">None is planned.</p>;
  return (
    <div class="told told-warn">
      <p>{faults.calls === 1 ? "The next answer that it changes:" : `The next ${faults.calls} answers that it changes:`}</p>
      <ul>{faults.faults.map((fault, index) => <li key={index}><code><bdi>{describeFault(fault)}</bdi></code></li>)}</ul>
      <Changed name="faults" settings={settings} verb="Planned" />
    </div>
  );
}

function PlanForm({ faults }: { faults: FaultForm[] }): JSX.Element {
  const name = useSignal("disconnect");
  const place = useSignal("");
  const values = useSignal<Record<string, string>>({});
  const calls = useSignal("1");
  const doing = useDoing();
  const form = faults.find((each) => each.name === name.value) ?? { name: name.value, places: [], options: [] };
  const set = (key: string, value: string): void => void (values.value = { ...values.value, [key]: value });
  const plan = (event: Event): void => {
    event.preventDefault();
    void doing.run(() => patch("faults", makePlan(form, place.value, values.value, calls.value)));
  };
  const choose = (value: string): void => {
    name.value = value;
    [place.value, values.value] = ["", {}];
  };
  return (
    <form class="fields" onSubmit={plan}>
      <div class="fields-wide">
        <SelectField id="fault-name" label="Fault" value={name.value} options={faults.map((each) => [each.name, each.name] as const)} mistake={doing.mistake} onChange={choose} />
      </div>
      {form.places.length > 0 && (
        <SelectField id="fault-place" label="Where" value={place.value} options={[["", "at its own place"], ...form.places.map((each) => [each, PLACES[each] ?? each] as const)]} onChange={(value) => (place.value = value)} />
      )}
      {place.value !== "" && <NumberField id="fault-number" label={place.value} value={values.value[place.value] ?? ""} onInput={(value) => set(place.value, value)} />}
      {form.options.map((option) => <OptionField option={option} value={values.value[option.name] ?? ""} key={option.name} onInput={(value) => set(option.name, value)} />)}
      <NumberField id="fault-calls" label="calls" value={calls.value} onInput={(value) => (calls.value = value)} />
      <div class="fields-wide"><button type="submit" class="button button-main">Plan it</button></div>
    </form>
  );
}

interface OptionProps {
  option: Option;
  value: string;
  onInput: (value: string) => void;
}

function OptionField({ option: { name, hint, kind, choices }, value, onInput }: OptionProps): JSX.Element {
  const id = `fault-option-${name}`;
  if (kind === "text" || kind === "value") return <TextField id={id} label={name} hint={hint} value={value} onInput={onInput} />;
  const options = kind === "flag" ? ["true", "false"] : choices;
  return <SelectField id={id} label={name} hint={hint} value={value} options={[["", "–"], ...options.map((each) => [each, each] as const)]} onChange={onInput} />;
}
