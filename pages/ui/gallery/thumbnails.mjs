// Thumbnails as object URLs: asked for in packs, kept for the ones seen last, revoked for the rest.

const PACK = 60;
const KEPT = 1500;
const AT_ONCE = 2;

export class Thumbnails {
  constructor(fetchPack, onArrival) {
    this.fetchPack = fetchPack; // (rows) => Promise of JPEG bytes
    this.onArrival = onArrival; // (rows)
    this.urls = new Map(); // row -> URL, "" when there is none; in order of last use
    this.wanted = new Map(); // list name -> rows that it shows now
    this.asked = new Set();
    this.flying = 0;
    this.resting = false;
    this.refused = ""; // what the server said of those that there are none of
  }

  get(row) {
    const url = this.urls.get(row);
    if (url === undefined) return null;
    this.urls.delete(row);
    this.urls.set(row, url);
    return url;
  }

  // What one part of the page shows now: rows that went out of sight before they were asked for are forgotten.
  want(name, rows) {
    this.wanted.set(name, rows);
    this._pump();
  }

  _missing() {
    const rows = new Set([...this.wanted.values()].flat());
    return [...rows].filter((row) => !this.urls.has(row) && !this.asked.has(row));
  }

  _pump() {
    const missing = this._missing();
    while (missing.length && this.flying < AT_ONCE && !this.resting) this._ask(missing.splice(0, PACK));
  }

  async _ask(rows) {
    this.flying += 1;
    rows.forEach((row) => this.asked.add(row));
    try {
      const pictures = await this.fetchPack(rows);
      rows.forEach((row, i) => this._keep(row, pictures[i]));
      this.onArrival(rows);
    } catch (error) {
      if (error.final) {
        this.refused = error.message;
        rows.forEach((row) => this.urls.set(row, ""));
      } else this._rest();
      this.onArrival(rows);
    } finally {
      this.flying -= 1;
      rows.forEach((row) => this.asked.delete(row));
    }
    this._pump();
  }

  _rest() {
    this.resting = true;
    setTimeout(() => { this.resting = false; this._pump(); }, 3000);
  }

  _keep(row, bytes) {
    this.urls.set(row, bytes?.length ? URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })) : "");
    if (this.urls.size <= KEPT) return;
    const inUse = new Set([...this.wanted.values()].flat());
    for (const [old, url] of this.urls) {
      if (this.urls.size <= KEPT) break;
      if (inUse.has(old)) continue;
      this.urls.delete(old);
      if (url) URL.revokeObjectURL(url);
    }
  }

  // Another data set: its rows are other pictures.
  clear() {
    this.urls.forEach((url) => url && URL.revokeObjectURL(url));
    this.urls.clear();
    this.wanted.clear();
  }
}
