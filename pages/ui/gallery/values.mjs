// What every cell holds: as the server said last, and over it what is on its way there.

import { PLACE, placeWord } from "./places.mjs";
import { decodeCell } from "./words.mjs";
import { cellKey } from "./operations.mjs";

export class Values {
  constructor(labels) {
    this.positions = new Map(labels.map((label) => [label.id, label.position]));
    this.letters = new Map(); // row -> one letter a label
    this.places = new Map(); // row -> where the image is, and whether somebody looked at it
    this.said = new Map(); // cell -> value that an answer told
    this.expected = new Map(); // cell -> value of the newest change that is not acknowledged
  }

  // A page of items arrived: it is newer than earlier answers about these rows.
  load({ row, cells, part, left_out: leftOut, looked }) {
    this.letters.set(row, cells);
    this.places.set(row, { state: placeWord(part, Boolean(leftOut)), verified: Boolean(looked) });
    [PLACE, ...this.positions.keys()].forEach((label) => this.said.delete(cellKey(row, label)));
  }

  get(row, label) {
    const key = cellKey(row, label);
    return this.expected.get(key) ?? this.said.get(key) ?? this.sent(row, label);
  }

  // As it was when the page of items arrived.
  sent(row, label) {
    if (label === PLACE) return this.places.get(row) ?? { state: "train", verified: false };
    return decodeCell(this.letters.get(row)?.[this.positions.get(label)] ?? "u");
  }

  expect(operation) {
    operation.cells?.forEach(({ row, label, state, verified }) => this.expected.set(cellKey(row, label), { state, verified }));
  }

  // An operation was answered (or taken back): what the server says counts, save where later changes still wait.
  settle(operation, cells, pending) {
    operation.cells?.forEach(({ row, label }) => this.expected.delete(cellKey(row, label)));
    cells.forEach(({ row, label, state, verified }) => this.said.set(cellKey(row, label), { state, verified }));
    pending.forEach((later) => this.expect(later));
  }

  // True once the server answered about this cell while it is on the page.
  wasAnswered(row, label) {
    return this.said.has(cellKey(row, label));
  }

  waits(row, label) {
    return this.expected.has(cellKey(row, label));
  }
}
