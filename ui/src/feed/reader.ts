// A reader of server-sent events, by the rules of the HTML standard (9.2), from bytes that come in any pieces.
// It keeps what a browser's EventSource hides: events without a name, and what is left when the stream ends too early.

export interface ServerEvent {
  /** The name of its `event:` line; "" where there is none. */
  name: string;
  /** Its `data:` lines; null where there is none. */
  data: string | null;
}

export class EventReader {
  /** How many comment lines came. */
  comments = 0;
  readonly #decoder = new TextDecoder();
  /** The id that was named last, by an event or without one; "": none. */
  lastId = "";
  #rest = "";
  #id = "";
  #name = "";
  #data: string[] = [];
  #isStarted = false;

  /** Take the next bytes; returns the events that are whole with them. */
  push(bytes: Uint8Array): ServerEvent[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Say that no bytes follow; returns the last events, and what is left of one that is not whole. */
  end(): { events: ServerEvent[]; rest: string } {
    const text = this.#decoder.decode();
    // A CR at the very end is a line's end too: no LF can follow it now.
    const events = this.#read(this.#rest.endsWith("\r") ? `${text}\n` : text);
    const rest = [...(this.#name ? [`event: ${this.#name}`] : []), ...this.#data, this.#rest].filter(Boolean).join("\n");
    return { events, rest };
  }

  #read(text: string): ServerEvent[] {
    const whole = this.#rest + text;
    const events: ServerEvent[] = [];
    const ends = /\r\n|\n|\r/g;
    let start = 0;
    for (let end = ends.exec(whole); end; end = ends.exec(whole)) {
      // The LF of this CR may still be on its way.
      if (end[0] === "\r" && end.index === whole.length - 1) break;
      const event = this.#takeLine(whole.slice(start, end.index));
      if (event) events.push(event);
      start = ends.lastIndex;
    }
    this.#rest = whole.slice(start);
    return events;
  }

  #takeLine(line: string): ServerEvent | null {
    if (line === "") return this.#finish();
    if (line.startsWith(":")) {
      this.comments += 1;
      return null;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    this.#isStarted ||= field === "event" || field === "data";
    return null;
  }

  #finish(): ServerEvent | null {
    this.lastId = this.#id;
    if (!this.#isStarted) return null;
    const event = { name: this.#name, data: this.#data.length ? this.#data.join("\n") : null };
    [this.#name, this.#data, this.#isStarted] = ["", [], false];
    return event;
  }
}
