// Changes on their way: kept until acknowledged, sent in order, one batch in flight, sent again after a fault.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue, forServer, nextBatch, waitAfter } from "../../../pages/ui/gallery/queue.mjs";
import { setOperation, undoOperation } from "../../../pages/ui/gallery/operations.mjs";

class Storage {
  constructor() { this.map = new Map(); }
  get length() { return this.map.size; }
  key(i) { return [...this.map.keys()][i]; }
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

const change = (row) => setOperation([{ row, label: 1, seen: { state: "absent", verified: false }, state: "present", verified: true, finding: null }], { run: 3 });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

// A server that answers when told; `sent` is what it was asked.
function scene(storage = new Storage(), answer = null) {
  const sent = [], answered = [], timers = [];
  let batch = 100;
  const queue = new Queue({
    storage, folder: "a1", later: (work) => { timers.push(work); return timers.length; }, onChange: () => {},
    onAnswer: (operation, reply) => answered.push([operation.client_id, reply.status]),
    send: async (author, operations) => {
      sent.push(operations);
      if (answer) return answer(operations, author);
      return operations.map(({ client_id }) => ({ client_id, status: "saved", batch: batch++, cells: [] }));
    },
  });
  queue.name("Ada");
  return { queue, sent, answered, timers, storage };
}

test("what was acknowledged is no longer kept", async () => {
  const { queue, storage, answered } = scene();
  queue.add(change(1));
  assert.equal(storage.length, 1);
  await settle();
  assert.equal(storage.length, 0);
  assert.deepEqual(answered.map(([, status]) => status), ["saved"]);
});

test("while one batch is in flight the next gather, and go together", async () => {
  const { queue, sent } = scene();
  for (let row = 0; row < 5; row++) queue.add(change(row));
  await settle();
  assert.deepEqual(sent.map((batch) => batch.length), [1, 4]);
});

test("a fault keeps everything and sends it again under the same ids", async () => {
  let down = true;
  const { queue, sent, timers, storage } = scene(new Storage(), (operations) => {
    if (down) throw new Error("The server does not answer.");
    return operations.map(({ client_id }) => ({ client_id, status: "repeated", batch: 9, cells: [] }));
  });
  queue.add(change(1));
  await settle();
  assert.equal(queue.problem, "The server does not answer.");
  assert.equal(storage.length, 1);
  down = false;
  timers.shift()();
  await settle();
  assert.equal(storage.length, 0);
  assert.equal(sent[0][0].client_id, sent[1][0].client_id);
  assert.equal(queue.problem, "");
});

test("waits grow to half a minute and no further", () => {
  assert.deepEqual([1, 2, 3, 10].map(waitAfter), [1000, 2000, 4000, 30000]);
});

test("a reload sends what was not acknowledged", async () => {
  const storage = new Storage();
  const first = scene(storage, () => { throw new Error("gone"); });
  first.queue.add(change(1));
  first.queue.add(change(2));
  await settle();
  const second = scene(storage);
  await settle();
  assert.deepEqual(second.sent.flat().map((operation) => operation.cells[0].row), [1, 2]);
  assert.equal(storage.length, 0);
});

test("nothing is sent before somebody has said who they are", async () => {
  const storage = new Storage();
  const sent = [];
  const queue = new Queue({ storage, folder: "a1", onChange: () => {}, onAnswer: () => {}, send: async (author, operations) => { sent.push(author); return operations.map(({ client_id }) => ({ client_id, status: "saved", batch: 1, cells: [] })); } });
  queue.add(change(1));
  await settle();
  assert.deepEqual(sent, []);
  queue.name("Ada");
  await settle();
  assert.deepEqual(sent, ["Ada"]);
});

test("an undo waits for the batch of what it undoes", async () => {
  const { queue, sent } = scene();
  const operation = change(1);
  queue.add(operation);
  queue.add(undoOperation(operation));
  await settle();
  assert.deepEqual(sent.map((batch) => batch.map((one) => one.action)), [["set"], ["undo"]]);
  assert.equal(sent[1][0].batch, 100);
});

test("what was not sent yet can be taken back without the server", async () => {
  const { queue, sent } = scene();
  queue.add(change(1));
  const second = change(2);
  queue.add(second);
  assert.equal(queue.drop(second.client_id), true);
  await settle();
  assert.equal(sent.flat().length, 1);
});

test("what was sent and not answered may be saved: it is undone at the server", async () => {
  const { queue } = scene(new Storage(), () => { throw new Error("The server did not answer in time."); });
  const operation = change(1);
  queue.add(operation);
  await settle();
  assert.equal(queue.drop(operation.client_id), false);
  assert.equal(queue.pending.length, 1);
});

test("an undo survives a reload, whether its change was saved before or after it", async () => {
  for (const late of [true, false]) {
    const storage = new Storage();
    const operation = change(1);
    const { queue } = scene(storage, ([{ action, client_id }]) => {
      if (action === "undo") throw new Error("gone");
      return [{ client_id, status: "saved", batch: 7, cells: [] }];
    });
    queue.add(operation);
    if (late) await settle();
    queue.add(undoOperation(operation));
    await settle();
    const second = scene(storage);
    await settle();
    assert.deepEqual(second.sent.flat().map(({ action, batch }) => [action, batch]), [["undo", 7]]);
  }
});

test("one change that the server refuses does not hold up the others", async () => {
  const bad = change(2);
  const { queue, answered, storage } = scene(new Storage(), (operations) => {
    if (operations.some((one) => one.client_id === bad.client_id)) throw Object.assign(new Error("Operation 1 is wrong."), { final: true });
    return operations.map(({ client_id }) => ({ client_id, status: "saved", batch: 1, cells: [] }));
  });
  [change(0), change(1), bad, change(3)].forEach((one) => queue.add(one));
  await settle();
  assert.deepEqual(answered.map(([, status]) => status).sort(), ["refused", "saved", "saved", "saved"]);
  assert.equal(storage.length, 0);
});

test("answers about other changes count as a fault, not as a reason to ask at once again", async () => {
  const { queue, sent } = scene(new Storage(), () => []);
  queue.add(change(1));
  await settle();
  assert.equal(sent.length, 1);
  assert.match(queue.problem, /other changes/);
});

test("an undo ends a batch while its target has no number yet", () => {
  const one = change(1);
  const batch = nextBatch([one, { ...undoOperation(one) }, change(2)], new Map());
  assert.equal(batch.length, 1);
});

test("only the fields of the route go out", () => {
  const undo = undoOperation(change(1));
  assert.deepEqual(Object.keys(forServer({ ...undo, batch: 4, author: "Ada", kept: "x" })), ["client_id", "action", "batch"]);
});

test("what waits for a name is kept under the name once it is given, and not under the next one after a reload", async () => {
  const storage = new Storage(), authors = [];
  const { queue } = scene(storage, () => { throw new Error("The server does not answer."); });
  queue.name("");
  queue.add(change(1));
  queue.name("Bea");
  await settle();
  scene(storage, (operations, author) => {
    authors.push(author);
    return operations.map(({ client_id }) => ({ client_id, status: "saved", batch: 9, cells: [] }));
  });
  await settle();
  assert.deepEqual(authors, ["Bea"]);
});
