// The clock of the session looked at, or of all, and its moves.
import { useEffect, useState } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask } from "../live.ts";
import { TextField } from "../parts/field.tsx";
import type { Clock, Obj } from "../types.ts";
import { Section } from "./section.tsx";
import { useAsked, useDoing } from "./state.ts";

const STEPS = [["5m", "+ 5 min"], ["1h", "+ 1 h"], ["1d", "+ 1 day"]] as const;

export function ClockSection(): JSX.Element {
  const asked = useAsked<Clock>("clock");
  return <Section id="clock" title="Clock" asked={asked}>{(clock) => <ClockForm clock={clock} />}</Section>;
}

function ClockForm({ clock }: { clock: Clock }): JSX.Element {
  const doing = useDoing();
  const typed = useSignal("");
  const time = useSignal("");
  const move = (body: Obj): Promise<void> => doing.run(() => ask("clock", { body }));
  const isTime = doing.mistake !== null && /^(set|The clock)/.test(doing.mistake);
  return (
    <div class="stack">
      <Face clock={clock} />
      <div class="card-row">
        {STEPS.map(([advance, title]) => <button type="button" class="button" key={advance} onClick={() => void move({ advance })}>{title}</button>)}
        <button type="button" class="button" aria-pressed={clock.frozen} onClick={() => void move({ freeze: !clock.frozen })}>{clock.frozen ? "Let it go on" : "Freeze"}</button>
        <button type="button" class="button" disabled={clock.moved === null} onClick={() => void move({ reset: true })}>Reset</button>
      </div>
      <form class="pair" onSubmit={(event) => submit(event, () => move({ advance: typed.value }))}>
        <TextField id="clock-advance" label="Go ahead by" value={typed.value} placeholder="90s, 6m, 1h30m, 30d" mistake={isTime ? null : doing.mistake} onInput={(value) => (typed.value = value)} />
        <button type="submit" class="button">Advance</button>
      </form>
      <form class="pair" onSubmit={(event) => submit(event, () => move({ set: time.value }))}>
        <TextField id="clock-set" label="Show this time" value={time.value} placeholder="2027-01-23T00:00:00Z" mistake={isTime ? doing.mistake : null} onInput={(value) => (time.value = value)} />
        <button type="submit" class="button">Set</button>
      </form>
    </div>
  );
}

function submit(event: Event, run: () => Promise<void>): void {
  event.preventDefault();
  void run();
}

const MOVED = { session: "Moved, for this session.", server: "Moved, for all sessions." };

function Face({ clock }: { clock: Clock }): JSX.Element {
  const [now, setNow] = useState(clock.seconds);
  useEffect(() => {
    setNow(clock.seconds);
    if (clock.frozen) return undefined;
    const start = performance.now();
    const timer = setInterval(() => setNow(clock.seconds + (performance.now() - start) / 1000), 500);
    return () => clearInterval(timer);
  }, [clock]);
  return (
    <div>
      <p class="clock"><time>{new Date(now * 1000).toISOString().slice(0, 19).replace("T", " ")}</time> UTC</p>
      <p class="changed" role="status" data-who={clock.moved}>{clock.frozen ? "It stands still. " : ""}{clock.moved ? MOVED[clock.moved] : "It shows the real time."}</p>
    </div>
  );
}
