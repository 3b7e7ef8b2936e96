// The requests that are known, by their number. Oldest first, since new ones are put at the end.
import type { Summary } from "../types.ts";

export class Rows {
  private list: Summary[] = [];
  private retries = new Map<number, number>();

  get all(): readonly Summary[] {
    return this.list;
  }

  get oldest(): number {
    return this.list[0]?.number ?? 0;
  }

  get newest(): number {
    return this.list.at(-1)?.number ?? 0;
  }

  get(number: number): Summary | undefined {
    const index = findIndex(this.list, number);
    return index < 0 ? undefined : this.list[index];
  }

  /** The number of the request that repeats this one. */
  retryOf(number: number): number | undefined {
    return this.retries.get(number);
  }

  /** Take requests that came, or came to an end. */
  put(batch: readonly Summary[]): void {
    const behind: Summary[] = [];
    for (const each of batch) {
      if (each.retry_of !== null) this.retries.set(each.retry_of, each.number);
      if (each.number > this.newest) this.list.push(each);
      else if (!this.replace(each)) behind.push(each);
    }
    if (behind.length) this.list = merge(this.list, behind);
  }

  /** Take one that is known already. A request that has ended does not begin again, whatever comes late. */
  private replace(row: Summary): boolean {
    const index = findIndex(this.list, row.number);
    const known = this.list[index];
    if (index >= 0 && known && (row.finished || !known.finished)) this.list[index] = row;
    return index >= 0;
  }

  /** Forget the oldest, beyond so many. Returns whether there were any. */
  cut(most: number): boolean {
    const isTooLong = this.list.length > most;
    if (isTooLong) this.list = this.list.slice(-most);
    return isTooLong;
  }

  clear(): void {
    this.list = [];
    this.retries.clear();
  }
}

function merge(rows: Summary[], more: Summary[]): Summary[] {
  const latest = new Map(more.map((each) => [each.number, each]));
  return [...rows, ...latest.values()].sort((one, other) => one.number - other.number);
}

/** Where the request of this number is among rows in the order of their numbers; below 0: it is not there. */
export function findIndex(rows: readonly Summary[], number: number): number {
  const index = findPlace(rows, number);
  return rows[index]?.number === number ? index : -1;
}

/** The index of the first row whose number is not below this one. */
export function findPlace(rows: readonly Summary[], number: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.number ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
