// Rows of a long list, fetched a page at a time where they are looked at; only the newest pages are kept.

const SIZE = 200; // rows a page
const KEPT = 40; // pages: 8,000 rows, whatever the list's length

/**
 * `fetchPage(offset, limit, signal)` → `{total, items}`. `row(i)` is the row if it is here; `want(from, to)` fetches
 * what is missing of a range and drops requests for what is no longer looked at; "page" tells that something came.
 */
export class Pages extends EventTarget {
  #pages = new Map(); // number → rows, least recently wanted first
  #under = new Map(); // number → AbortController
  total = 0;

  constructor(fetchPage, { signal }) {
    super();
    this.fetchPage = fetchPage;
    signal.addEventListener("abort", () => this.#drop(() => true));
  }

  row(i) {
    return this.#pages.get(Math.floor(i / SIZE))?.[i % SIZE] ?? null;
  }

  /** Where an item lies among the rows that are here; -1 elsewhere. */
  find(item) {
    for (const [number, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.item === item);
      if (at >= 0) return number * SIZE + at;
    }
    return -1;
  }

  async want(from, to) {
    const [first, last] = [Math.floor(from / SIZE), Math.floor(Math.max(from, to - 1) / SIZE)];
    this.#drop((number) => number < first || number > last);
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    await Promise.all(numbers.map((number) => this.#page(number)));
  }

  #page(number) {
    const here = this.#pages.get(number);
    if (!here) return this.#under.has(number) ? null : this.#fetch(number);
    this.#pages.delete(number); // to the end: the newest
    this.#pages.set(number, here);
    return null;
  }

  async #fetch(number) {
    const stop = new AbortController();
    this.#under.set(number, stop);
    try {
      const { total, items } = await this.fetchPage(number * SIZE, SIZE, stop.signal);
      this.total = total;
      this.#pages.set(number, items);
      for (const old of this.#pages.keys()) if (this.#pages.size > KEPT) this.#pages.delete(old);
      this.dispatchEvent(new Event("page"));
    } catch (error) {
      if (error.name !== "AbortError") this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    } finally {
      this.#under.delete(number);
    }
  }

  #drop(unwanted) {
    for (const [number, stop] of this.#under) if (unwanted(number)) stop.abort();
  }
}
