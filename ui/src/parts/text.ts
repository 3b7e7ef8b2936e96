// Texts of others, as they may be shown.

// Controls, and marks that turn the direction of what follows: they are shown instead of obeyed.
const HIDDEN = /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const ESCAPED = /[\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function showCode(letter: string): string {
  return `[U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** The text with the names of its control characters in their place: [U+001B], or [U+202E] for what turns the direction. */
export function makeVisible(text: string): string {
  return text.replace(HIDDEN, showCode);
}

/** A value as JSON in ASCII where a letter would not be seen, or would move others. */
export function escapeJson(value: unknown, indent?: number): string {
  const escape = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(ESCAPED, escape);
}

const PIECE = 2000;

/** The text in pieces that end where a line does, each of so many letters or a little more; the line ends between them
 * are left out. What comes behind it changes the last piece alone. */
export function cutPieces(text: string): string[] {
  const pieces = [];
  let start = 0;
  for (let end = text.indexOf("\n", PIECE); end >= 0; end = text.indexOf("\n", start + PIECE)) {
    pieces.push(text.slice(start, text[end - 1] === "\r" ? end - 1 : end));
    start = end + 1;
  }
  return [...pieces, text.slice(start)];
}

/** The beginning of a text in one line. */
export function cutLine(text: string, most: number): string {
  const line = makeVisible(text.slice(0, 4 * most).replace(/\s+/g, " ").trim());
  return line.length > most || text.length > 4 * most ? `${line.slice(0, most).trimEnd()}…` : line;
}

/** The beginning of a long text that is shown at first: so many lines and characters at most. */
export function cutText(text: string, lines: number, letters: number): string {
  let end = -1;
  for (let line = 0; line < lines; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) break;
  }
  return text.slice(0, Math.min(letters, end < 0 ? text.length : end));
}

/** The end of a place such as /home/a/fixtures/faults.yaml:47:5, by which people know it: fixtures/faults.yaml:47. */
export function shortenPlace(place: string): string {
  const [, path = place, line = ""] = /^(.*?)(:\d+)?(?::\d+)?$/s.exec(place) ?? [];
  return makeVisible(path.split(/[\\/]/).slice(-2).join("/") + line);
}
