// Corrections of this session: made, shown at once, queued, answered, undone; conflicts are kept until somebody decides.

import { PLACE } from "./places.mjs";
import { Queue } from "./queue.mjs";
import { Values } from "./values.mjs";
import { plural } from "./words.mjs";
import { cellKey, changesOf, intended, nothingChanged, setOperation, suggestionFor, undoOperation, verdictOperation } from "./operations.mjs";

const TOLD_AT_MOST_EVERY_MS = 1200;

export class Corrections {
  constructor({ dataset, labels, server, storage, onChange, onSaved }) {
    this.values = new Values(labels);
    this.names = new Map(labels.map((label) => [label.id, label.name]));
    this.onChange = onChange;
    this.onSaved = onSaved;
    this.done = []; // groups of operations, the newest last
    this.conflicts = [];
    this.items = new Map(); // finding -> items that show it
    this.unsaid = 0;
    this.saidAt = 0;
    this.everSaved = false;
    this.queue = new Queue({
      storage, folder: dataset.folder, onChange,
      send: (author, operations) => server.change(dataset, author, operations),
      onAnswer: (operation, answer) => this._answered(operation, answer),
    });
    this.queue.pending.forEach((operation) => this.values.expect(operation));
  }

  // New items of a list; what is on its way is newer than what the server sent.
  know(sent, items) {
    sent.forEach((one) => this.values.load(one));
    items.forEach((item) => {
      if (item.id !== null) this.items.set(item.id, [...(this.items.get(item.id) ?? []), item]);
    });
    this.queue.pending.filter((operation) => operation.action === "verdict").forEach((operation) => this._show(operation.finding, operation.cause));
  }

  valueOf = (row, label) => this.values.get(row, label);

  get canUndo() {
    return this.done.length > 0;
  }

  // What a bulk accept would do, in words; "" where it changes fewer than two labels.
  intended(command, items) {
    const { changes } = changesOf(command, items, this.valueOf);
    return changes.length > 1 ? intended(changes, this.names) : "";
  }

  // True where this session set the cell or moved the error, and nobody had looked at it before.
  reviewedHere(item) {
    if (item.label === null) return false;
    return (!this.values.sent(item.row, item.label).verified && this.values.get(item.row, item.label).verified) || item.cause !== item.sentCause;
  }

  // Returns {changed, hint}: how many cells changed, and a sentence when the reader should be told something.
  decide(command, items, run, reason = "") {
    const { changes, without } = changesOf(command, items, this.valueOf);
    if (!changes.length) return { changed: 0, hint: nothingChanged(command, items, without) };
    const operation = setOperation(changes, { run, reason });
    this.values.expect(operation);
    this._begin([operation]);
    const rest = without ? ` ${without} had no suggestion.` : "";
    return { changed: changes.length, hint: items.length > 1 ? `${plural(changes.length, operation.action === "place" ? "image" : "label")} changed in one step; undo takes all of them back.${rest}` : "" };
  }

  verdict(cause, items) {
    const moved = items.filter((item) => item.id !== null && item.cause && item.cause !== cause);
    if (!moved.length) return { changed: 0, hint: "That is the cause already." };
    const operations = moved.map((item) => verdictOperation(item, cause));
    operations.forEach((operation) => this._show(operation.finding, operation.cause));
    this._begin(operations);
    return { changed: moved.length, hint: `Moved to ${cause}${moved.length > 1 ? `: ${moved.length} errors` : ""}.` };
  }

  _begin(operations) {
    this.done.push(operations);
    operations.forEach((operation) => this.queue.add(operation));
  }

  // Takes the last step back; returns the row it was about, or null.
  undo() {
    const group = this.done.pop();
    if (!group) return null;
    for (const operation of [...group].reverse()) {
      if (operation.action === "verdict") this._show(operation.finding, operation.seen);
      if (this.queue.drop(operation.client_id)) {
        this.values.settle(operation, [], this.queue.pending);
      } else {
        const back = undoOperation(operation);
        this.values.expect(back);
        this.queue.add(back);
      }
    }
    this.onChange();
    const [first] = group;
    return first.cells?.[0]?.row ?? this.items.get(first.finding)?.[0]?.row ?? null;
  }

  _show(finding, cause) {
    this.items.get(finding)?.forEach((item) => Object.assign(item, { cause, suggested: suggestionFor(cause, item.kind) }));
  }

  _answered(operation, answer) {
    this.values.settle(operation, answer.cells ?? [], this.queue.pending);
    const saved = answer.status === "saved" || answer.status === "repeated";
    if (saved) {
      this.everSaved = true;
      this._tell();
    } else if (answer.status !== "dropped") {
      this._refused(operation, answer);
    }
  }

  _refused(operation, answer) {
    this.done = this.done.map((group) => group.filter((one) => one.client_id !== operation.client_id)).filter((group) => group.length);
    if (operation.action === "verdict") this._show(operation.finding, operation.seen);
    const cells = operation.action === "undo" ? [] : (operation.cells ?? []);
    const different = cells.filter((cell) => {
      const now = this.values.get(cell.row, cell.label);
      return now.state !== cell.state || now.verified !== cell.verified;
    });
    // Somebody wanted the same: there is nothing to tell.
    if (cells.length && !different.length) return;
    this.conflicts.push({
      message: answer.message || "Nothing was saved.",
      operation,
      cells: different.map((cell) => ({ ...cell, name: cell.label === PLACE ? "image" : (this.names.get(cell.label) ?? "label"), mine: cell.state, theirs: this.values.get(cell.row, cell.label).state })),
    });
  }

  conflictOf(row, label) {
    const key = cellKey(row, label);
    return this.conflicts.find((one) => one.cells.some((cell) => cellKey(cell.row, cell.label) === key)) ?? null;
  }

  dismiss(conflict) {
    this.conflicts = this.conflicts.filter((one) => one !== conflict);
    this.onChange();
  }

  // The reader has seen the other value and wants theirs all the same.
  insist(conflict) {
    this.conflicts = this.conflicts.filter((one) => one !== conflict);
    const cells = conflict.cells.map(({ row, label, state, verified, finding }) => ({ row, label, state, verified, finding, seen: { ...this.values.get(row, label) } }));
    const operation = setOperation(cells, { run: conflict.operation.run, reason: conflict.operation.reason });
    this.values.expect(operation);
    this._begin([operation]);
    this.onChange();
  }

  // Python hears of saved changes about once a second, not of every key.
  _tell() {
    this.unsaid += 1;
    if (this.teller) return;
    const wait = Math.max(150, this.saidAt + TOLD_AT_MOST_EVERY_MS - Date.now());
    this.teller = setTimeout(() => {
      this.teller = null;
      this.saidAt = Date.now();
      const count = this.unsaid;
      this.unsaid = 0;
      this.onSaved(count);
    }, wait);
  }
}
