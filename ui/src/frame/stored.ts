// What a reader chose, kept in the browser: where the browser keeps nothing, it holds until the page is left.

export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(`mockserver-${name}`);
  } catch {
    return null;
  }
}

export function writeStored(name: string, value: string): void {
  try {
    localStorage.setItem(`mockserver-${name}`, value);
  } catch {
    // A report that is shown in a frame of another site.
  }
}
