// Decisions: what changes, what is shown at once, and what happens when somebody else was quicker.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "../../../pages/ui/gallery/operations.mjs";
import { Corrections } from "../../../pages/ui/gallery/corrections.mjs";
import { Server, unpack } from "../../../pages/ui/gallery/server.mjs";
import { veil } from "../../../pages/ui/gallery/overlay.mjs";
import { undecided } from "../../../pages/ui/gallery/inspector.mjs";
import { probabilityInWords, probabilityText } from "../../../pages/ui/gallery/words.mjs";

const labels = [{ id: 11, position: 0, name: "sea" }, { id: 12, position: 1, name: "<b>tree</b>" }];
const item = (row, extra = {}) => ({ id: row + 500, finding: null, row, label: 11, cause: "mislabel", suggested: "present", ...extra });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const storage = () => ({ map: new Map(), get length() { return this.map.size; }, key(i) { return [...this.map.keys()][i]; }, getItem(k) { return this.map.get(k); }, setItem(k, v) { this.map.set(k, v); }, removeItem(k) { this.map.delete(k); } });

function scene(reply) {
  const sent = [];
  const corrections = new Corrections({
    dataset: { id: 1, folder: "a1" }, labels, storage: storage(), onChange: () => {}, onSaved: () => {},
    server: { change: async (dataset, author, operations) => { sent.push(...operations); return operations.map((operation) => ({ client_id: operation.client_id, ...reply(operation) })); } },
  });
  corrections.queue.name("Ada");
  clearTimeout(corrections.teller);
  return { corrections, sent };
}
const saved = (operation) => ({ status: "saved", batch: 5, message: "", cells: (operation.cells ?? []).map(({ row, label, state, verified }) => ({ row, label, state, verified })) });

test("accept sets the suggestion, keep verifies what is there", () => {
  const valueOf = () => ({ state: "absent", verified: false });
  assert.deepEqual(changesOf({ name: "accept" }, [item(3)], valueOf).changes, [{ row: 3, label: 11, seen: { state: "absent", verified: false }, state: "present", verified: true, finding: 503 }]);
  assert.equal(changesOf({ name: "keep" }, [item(3)], valueOf).changes[0].state, "absent");
});

test("an item without a suggestion is counted, not guessed", () => {
  const { changes, without } = changesOf({ name: "accept" }, [item(1), item(2, { suggested: null })], () => ({ state: "absent", verified: false }));
  assert.equal(changes.length, 1);
  assert.equal(without, 1);
});

test("a toggle of a mixed selection makes all of them present, then all absent", () => {
  const values = new Map([[1, "present"], [2, "absent"]]);
  const valueOf = (row) => ({ state: values.get(row), verified: false });
  assert.deepEqual(changesOf({ name: "toggle", label: 12 }, [item(1), item(2)], valueOf).changes.map((one) => one.state), ["present", "present"]);
  values.set(2, "present");
  assert.deepEqual(changesOf({ name: "toggle", label: 12 }, [item(1), item(2)], valueOf).changes.map((one) => one.state), ["absent", "absent"]);
});

test("a change of another label does not claim the error, a bulk change of two errors of one image names each cell once", () => {
  const valueOf = () => ({ state: "absent", verified: false });
  const { changes } = changesOf({ name: "toggle", label: 12 }, [item(1), item(1, { id: 900 })], valueOf);
  assert.equal(changes.length, 1);
  assert.equal(changes[0].finding, null);
});

test("a decision is shown before it is saved, and stays after", async () => {
  const { corrections } = scene(saved);
  corrections.know([{ row: 1, cells: "aP" }], [item(1)]);
  corrections.decide({ name: "accept" }, [item(1)], 3);
  assert.deepEqual(corrections.valueOf(1, 11), { state: "present", verified: true });
  assert.equal(corrections.values.waits(1, 11), true);
  await settle();
  assert.equal(corrections.values.waits(1, 11), false);
  assert.deepEqual(corrections.valueOf(1, 11), { state: "present", verified: true });
  clearTimeout(corrections.teller);
});

test("who comes second is told, sees the other value, and nothing is overwritten", async () => {
  const { corrections, sent } = scene(() => ({ status: "conflict", batch: null, message: "Nothing was saved: Bob has changed this label since you saw it.", cells: [{ row: 1, label: 11, state: "unknown", verified: true }] }));
  corrections.know([{ row: 1, cells: "aa" }], [item(1)]);
  corrections.decide({ name: "accept" }, [item(1)], 3);
  await settle();
  assert.deepEqual(corrections.valueOf(1, 11), { state: "unknown", verified: true });
  assert.match(corrections.conflictOf(1, 11).message, /Bob/);
  assert.equal(corrections.canUndo, false);
  corrections.insist(corrections.conflicts[0]);
  await settle();
  assert.deepEqual(sent.at(-1).cells[0].seen, { state: "unknown", verified: true });
});

test("a conflict with somebody who wanted the same is no conflict", async () => {
  const { corrections } = scene(() => ({ status: "conflict", batch: null, message: "There is nothing to change.", cells: [{ row: 1, label: 11, state: "present", verified: true }] }));
  corrections.know([{ row: 1, cells: "aa" }], [item(1)]);
  corrections.decide({ name: "accept" }, [item(1)], 3);
  await settle();
  assert.equal(corrections.conflicts.length, 0);
});

test("undo brings the old label back at once, and a moved cause too", async () => {
  const { corrections, sent } = scene(saved);
  const one = item(1);
  corrections.know([{ row: 1, cells: "aa" }], [one]);
  corrections.decide({ name: "accept" }, [one], 3);
  corrections.verdict("sparsity", [one]);
  assert.equal(one.cause, "sparsity");
  await settle();
  corrections.undo();
  assert.equal(one.cause, "mislabel");
  assert.equal(corrections.undo(), 1);
  assert.deepEqual(corrections.valueOf(1, 11), { state: "absent", verified: false });
  await settle();
  assert.deepEqual(sent.slice(-2).map((operation) => [operation.action, operation.batch]), [["undo", 5], ["undo", 5]]);
  clearTimeout(corrections.teller);
});

test("change refused after undo was queued: the cell shows what the server holds, and nothing waits", async () => {
  const theirs = { row: 1, label: 11, state: "unknown", verified: true };
  for (const reply of [{ status: "conflict", batch: null, message: "Bob was quicker.", cells: [theirs] }, Object.assign(new Error("There is no such image."), { final: true })]) {
    const kept = storage();
    let answer;
    const corrections = new Corrections({
      dataset: { id: 1, folder: "a1" }, labels, storage: kept, onChange: () => {}, onSaved: () => {},
      server: { change: (_, author, [{ client_id }]) => new Promise((resolve, reject) => { answer = () => (reply instanceof Error ? reject(reply) : resolve([{ client_id, ...reply }])); }) },
    });
    corrections.queue.name("Ada");
    corrections.know([{ row: 1, cells: "aa" }], [item(1)]);
    corrections.decide({ name: "accept" }, [item(1)], 3);
    corrections.undo();
    answer();
    await settle();
    const held = reply instanceof Error ? { state: "absent", verified: false } : { state: "unknown", verified: true };
    assert.deepEqual(corrections.valueOf(1, 11), held);
    assert.equal(corrections.values.waits(1, 11), false);
    assert.deepEqual([corrections.queue.pending.length, kept.length, corrections.conflicts.length], [0, 0, 1]);
    assert.ok(corrections.conflicts[0].cells.every((cell) => cell.theirs === held.state));
  }
});

test("an undo that was kept over a reload, of a change that was refused, is dropped and waits for nothing", async () => {
  const kept = storage();
  const orphan = { client_id: "undo-1", action: "undo", of: "long gone", batch: null, author: "Ada", cells: [{ row: 1, label: 11, state: "present", verified: false }] };
  kept.setItem("errata-change:a1:000000000000001-000001-undo-1", JSON.stringify(orphan));
  const corrections = new Corrections({ dataset: { id: 1, folder: "a1" }, labels, storage: kept, onChange: () => {}, onSaved: () => {}, server: {} });
  corrections.know([{ row: 1, cells: "aa" }], [item(1)]);
  corrections.queue.name("Ada");
  await settle();
  assert.deepEqual(corrections.valueOf(1, 11), { state: "absent", verified: false });
  assert.deepEqual([corrections.queue.pending.length, corrections.conflicts.length], [0, 0]);
});

test("a bulk accept says before what it will do, one accept does not", () => {
  const { corrections } = scene(saved);
  const many = Array.from({ length: 38 }, (_, row) => item(row, { suggested: "absent" })).concat(item(40));
  corrections.know(many.map(({ row }) => ({ row, cells: row === 40 ? "aa" : "pa" })), many);
  assert.equal(corrections.intended({ name: "accept" }, many), "remove sea from 38 pictures, add sea to 1 picture");
  assert.equal(corrections.intended({ name: "accept" }, [many[0]]), "");
});

test("what was decided here counts as reviewed just now, what was verified before does not", () => {
  const { corrections } = scene(saved);
  const items = [item(1), item(2), item(3)].map((one) => ({ ...one, sentCause: "mislabel" }));
  corrections.know([{ row: 1, cells: "aa" }, { row: 2, cells: "Aa" }, { row: 3, cells: "aa" }], items);
  corrections.decide({ name: "keep" }, [items[0]], 3);
  corrections.verdict("sparsity", [items[2]]);
  assert.deepEqual(items.map((one) => corrections.reviewedHere(one)), [true, false, true]);
  clearTimeout(corrections.teller);
});

test("a bulk change of 38 is one operation", async () => {
  const { corrections, sent } = scene(saved);
  const many = Array.from({ length: 38 }, (_, row) => item(row));
  corrections.know(many.map(({ row }) => ({ row, cells: "aa" })), many);
  corrections.decide({ name: "accept" }, many, 3);
  await settle();
  assert.equal(sent.length, 1);
  assert.equal(sent[0].cells.length, 38);
  clearTimeout(corrections.teller);
});

test("what waits in this browser is sent to its own data set only, not to another of that number", async () => {
  const kept = storage();
  const down = { change: async () => { throw new Error("The server does not answer."); } };
  const first = new Corrections({ dataset: { id: 1, folder: "old" }, labels, storage: kept, onChange: () => {}, onSaved: () => {}, server: down });
  first.queue.later = () => 1;
  first.queue.name("Ada");
  first.decide({ name: "toggle", label: 11 }, [item(1)], 3);
  await settle();
  const again = (folder) => new Corrections({ dataset: { id: 1, folder }, labels, storage: kept, onChange: () => {}, onSaved: () => {}, server: down }).queue.pending.length;
  assert.deepEqual([again("new"), again("old")], [0, 1]);
});

test("every address of a picture and every change names the folder of the data set", async (t) => {
  const asked = [];
  t.mock.method(globalThis, "fetch", async (url, { body } = {}) => {
    asked.push([url, body && JSON.parse(body)]);
    return { ok: true, json: async () => ({ answers: [] }), arrayBuffer: async () => new TextEncoder().encode('\u000c\0\0\0{"sizes":[]}').buffer };
  });
  const server = new Server("secret");
  const dataset = { id: 1, folder: "a1" };
  await server.thumbnails(dataset, [3, 4]);
  await server.change(dataset, "Ada", []);
  assert.equal(server.image(dataset, 3), "/errata/image/1/a1/3");
  assert.equal(asked[0][0], "/errata/thumbnails/1/a1?rows=3,4");
  assert.deepEqual(asked[1][1], { dataset: 1, folder: "a1", author: "Ada", operations: [] });
});

test("a pack of thumbnails comes apart as it was put together", () => {
  const header = new TextEncoder().encode(JSON.stringify({ sizes: [2, 0, 1] }));
  const bytes = new Uint8Array(4 + header.length + 3);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set([1, 2, 3], 4 + header.length);
  assert.deepEqual(unpack(bytes.buffer).map((part) => [...part]), [[1, 2], [], [3]]);
});

test("the veil is dark where the model did not look and clear or glowing where it did", () => {
  const bytes = veil({ height: 1, width: 3, values: [-1, 0.5, 1] });
  assert.ok(bytes[3] > 150 && bytes[7] < 10 && bytes[11] > 50);
});

test("an unknown error names the likeliest cause and its bar, and never a low percentage", () => {
  const one = { second: "mislabel", secondConfidence: 0.77, bar: 0.86 };
  assert.equal(undecided(one), "probably mislabel, 77 %; deciding needs 86 %");
  assert.equal(undecided({ ...one, bar: null }), "probably mislabel, 77 %; not sure enough to decide");
  assert.equal(undecided({ ...one, secondConfidence: 0.23 }), "no cause stands out");
  assert.equal(undecided({ second: null, secondConfidence: null, bar: null }), "no cause stands out");
});

test("probabilities are short and never rounded up to certainty", () => {
  assert.deepEqual([0.034, 0.999, 1, 0, null].map(probabilityText), [".03", ".99", ".99", ".00", "–"]);
  assert.deepEqual([0.034, 0.999, 1, 0, null].map(probabilityInWords), [".03", "over .99", "over .99", "under .01", "–"]);
});
