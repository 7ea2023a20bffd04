// Changes on their way to the server: kept in the browser until acknowledged, one batch in flight, sent again until answered.

const MOST_OPERATIONS = 50; // a batch
const MOST_CELLS = 2000; // a batch, unless one operation alone has more
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

export function waitAfter(failures) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
}

const sizeOf = (operation) => operation.cells?.length ?? 1;

// The operations to send next, oldest first: one author, and no undo of something that is in the same batch.
export function nextBatch(waiting, batchOf) {
  const batch = [];
  let cells = 0;
  for (const operation of waiting) {
    if (batch.length && operation.author !== batch[0].author) break;
    if (batch.length && (batch.length >= MOST_OPERATIONS || cells + sizeOf(operation) > MOST_CELLS)) break;
    if (operation.action === "undo" && operation.batch === null) {
      if (!batchOf.has(operation.of)) break;
      batch.push({ ...operation, batch: batchOf.get(operation.of) });
    } else {
      batch.push(operation);
    }
    cells += sizeOf(operation);
  }
  return batch;
}

export class Queue {
  // send(author, operations) resolves to answers, or rejects with an error whose `final` says that asking again is useless.
  constructor({ storage, folder, send, onAnswer, onChange, later = (f, ms) => setTimeout(f, ms) }) {
    Object.assign(this, { storage, send, onAnswer, onChange, later });
    // The folder, not the number: data set 1 of another home must never be sent what was meant for this one.
    this.prefix = `errata-change:${folder}:`;
    this.author = "";
    this.batchOf = new Map(); // client id of what was saved -> its batch
    this.waiting = this._kept();
    this.flying = 0;
    this.failures = 0;
    this.problem = "";
    this.alone = false; // send one by one: something in the last batch was not understood
    this.count = 0;
    this.timer = null;
  }

  _kept() {
    const keys = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (key.startsWith(this.prefix)) keys.push(key);
    }
    return keys.sort().flatMap((key) => {
      try {
        return [{ ...JSON.parse(this.storage.getItem(key)), kept: key }];
      } catch {
        return []; // not written by us: leave it alone
      }
    });
  }

  // All changes that are not acknowledged yet, oldest first.
  get pending() {
    return this.waiting;
  }

  get nameless() {
    return this.waiting.length > 0 && !this.waiting[0].author && !this.author;
  }

  add(operation) {
    this.count += 1;
    const kept = `${this.prefix}${String(Date.now()).padStart(15, "0")}-${String(this.count).padStart(6, "0")}-${operation.client_id}`;
    const full = { ...operation, author: this.author, kept };
    if (full.action === "undo" && full.batch === null) full.batch = this.batchOf.get(full.of) ?? null;
    this._keep(full);
    this.waiting.push(full);
    this.onChange();
    this.pump();
  }

  _keep(operation) {
    try {
      this.storage.setItem(operation.kept, JSON.stringify(operation));
    } catch {
      this.problem = "This browser has no room to keep changes: leave the page only when all are saved.";
    }
  }

  // Kept with its name: after a reload somebody else may sit here.
  _sign(operation) {
    operation.author = this.author;
    this._keep(operation);
  }

  // Take back something that was not sent yet. False: it is on its way, undo it at the server.
  drop(id) {
    const index = this.waiting.findIndex((operation) => operation.client_id === id);
    // What was sent once may be saved although no answer came.
    if (index < this.flying || this.waiting[index].sent) return false;
    this._remove(this.waiting[index]);
    this.onChange();
    return true;
  }

  _remove(operation) {
    this.waiting = this.waiting.filter((other) => other.client_id !== operation.client_id);
    this.storage.removeItem(operation.kept);
  }

  name(author) {
    this.author = author;
    if (author) this.waiting.filter((operation) => !operation.author).forEach((operation) => this._sign(operation));
    this.pump();
  }

  retry() {
    this.timer = null;
    this.failures = 0;
    this.pump();
  }

  async pump() {
    if (this.flying || this.timer || !this.waiting.length || this.nameless) return;
    this._dropOrphans();
    const batch = nextBatch(this.waiting, this.batchOf).slice(0, this.alone ? 1 : undefined);
    if (!batch.length) return;
    this.flying = batch.length;
    this.waiting.slice(0, batch.length).forEach((operation) => { operation.sent = true; });
    try {
      const answers = await this.send(batch[0].author, batch.map(forServer));
      this._succeeded(batch, answers);
    } catch (error) {
      this._failed(batch, error);
    }
    this.onChange();
    if (!this.timer) this.pump();
  }

  // An undo of something that was never saved has nothing to undo.
  _dropOrphans() {
    while (this.waiting.length) {
      const [first] = this.waiting;
      if (first.action !== "undo" || first.batch !== null || this.batchOf.has(first.of)) return;
      this._remove(first);
      this.onAnswer(first, dropped(first));
    }
  }

  // An answer arrived. The undo of what was refused is gone first: what it promised must not be taken for the truth.
  _close(operation, answer) {
    this._remove(operation);
    const orphans = answer.batch === null ? this.waiting.filter((one) => one.action === "undo" && one.of === operation.client_id && one.batch === null) : [];
    orphans.forEach((undo) => this._remove(undo));
    this.onAnswer(operation, answer);
    orphans.forEach((undo) => this.onAnswer(undo, dropped(undo)));
  }

  _succeeded(batch, answers) {
    const answerOf = new Map(answers.map((answer) => [answer.client_id, answer]));
    if (!batch.some((operation) => answerOf.has(operation.client_id))) {
      return this._failed(batch, new Error("The server answered about other changes than these."));
    }
    this.flying = 0;
    this.failures = 0;
    this.problem = "";
    this.alone = false;
    for (const operation of batch) {
      const answer = answerOf.get(operation.client_id);
      if (!answer) continue;
      if (answer.batch !== null) this._numbered(operation.client_id, answer.batch);
      this._close(operation, answer);
    }
  }

  // The undo that waits for this number must know it after a reload, too.
  _numbered(id, batch) {
    this.batchOf.set(id, batch);
    this.waiting.filter((operation) => operation.action === "undo" && operation.of === id).forEach((undo) => {
      undo.batch = batch;
      this._keep(undo);
    });
  }

  _failed(batch, error) {
    this.flying = 0;
    if (error.final && batch.length > 1) {
      this.alone = true;
      return;
    }
    if (error.final) {
      this._close(batch[0], { client_id: batch[0].client_id, status: "refused", message: error.message, cells: [], batch: null });
      return;
    }
    this.failures += 1;
    this.problem = error.message;
    this.timer = this.later(() => { this.timer = null; this.pump(); }, waitAfter(this.failures));
  }
}

// What is told of an undo that had nothing to undo: it was never sent, and no cell waits for it any more.
function dropped({ client_id }) {
  return { client_id, status: "dropped", message: "", cells: [], batch: null };
}

// The fields of the route, and no others.
export function forServer({ client_id, action, cells, run, reason, finding, seen, cause, batch }) {
  if (action === "undo") return { client_id, action, batch };
  if (action === "verdict") return { client_id, action, finding, seen, cause };
  if (action === "place") return { client_id, action, places: cells.map((cell) => ({ row: cell.row, seen: cell.seen.state, wanted: cell.state })), reason };
  return { client_id, action, cells, run, reason };
}
