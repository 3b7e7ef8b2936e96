// Server-sent events as they arrive in pieces, by the rules of the HTML standard ("event stream interpretation").

export interface ServerEvent {
  event: string;
  data: string;
}

export class EventParser {
  private rest = "";
  private id = "";
  /** The id last named, by an event or without one; "": none. */
  lastId = "";
  private event = "";
  private data: string[] = [];

  /** The events that are complete once the piece has come. */
  push(piece: string): ServerEvent[] {
    const text = this.rest + piece;
    // A "\r" at the end may be half of "\r\n".
    const held = text.endsWith("\r") ? 1 : 0;
    const lines = text.slice(0, text.length - held).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(text.length - held);
    return lines.map((line) => this.read(line)).filter((event) => event !== null);
  }

  private read(line: string): ServerEvent | null {
    if (line === "") return this.dispatch();
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") this.event = value;
    else if (name === "data") this.data.push(value);
    else if (name === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): ServerEvent | null {
    const { event, data } = this;
    this.lastId = this.id;
    this.event = "";
    this.data = [];
    return data.length ? { event: event || "message", data: data.join("\n") } : null;
  }
}
