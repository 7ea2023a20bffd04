// Images are left out, moved, kept and taken back as labels are: shown at once, saved, undone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PLACE, placeText, placeVerb } from "../../../pages/ui/gallery/places.mjs";
import { changesOf, intended, nothingChanged, staysOfGroup } from "../../../pages/ui/gallery/operations.mjs";
import { Corrections } from "../../../pages/ui/gallery/corrections.mjs";

const labels = [{ id: 11, position: 0, name: "sea" }];
const item = (row, suggested = null) => ({ id: null, finding: null, row, label: PLACE, cause: null, sentCause: null, suggested });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const storage = () => ({ map: new Map(), get length() { return this.map.size; }, key(i) { return [...this.map.keys()][i]; }, getItem(k) { return this.map.get(k); }, setItem(k, v) { this.map.set(k, v); }, removeItem(k) { this.map.delete(k); } });

function scene() {
  const sent = [];
  const corrections = new Corrections({
    dataset: { id: 1, folder: "a1" }, labels, storage: storage(), onChange: () => {}, onSaved: () => {},
    server: {
      change: async (dataset, author, operations) => operations.map((operation) => {
        sent.push(operation);
        const cells = (operation.places ?? []).map(({ row, wanted }) => ({ row, label: PLACE, state: wanted, verified: true }));
        return { client_id: operation.client_id, status: "saved", batch: 5, message: "", cells };
      }),
    },
  });
  corrections.queue.name("Ada");
  corrections.know([{ row: 1, cells: "a", part: "val" }, { row: 2, cells: "a", part: "train", left_out: true, looked: true }], [item(1), item(2)]);
  return { corrections, sent };
}

test("an image is left out with the place that was seen, and taken back to the part it had", async () => {
  const { corrections, sent } = scene();
  corrections.decide({ name: "leaveOut" }, [item(1)], null, "dark");
  assert.deepEqual(corrections.valueOf(1, PLACE), { state: "val out", verified: true });
  await settle();
  assert.equal(sent[0].action, "place");
  assert.deepEqual(sent[0].places, [{ row: 1, seen: "val", wanted: "val out" }]);
  assert.equal(sent[0].reason, "dark");
  corrections.decide({ name: "leaveOut" }, [item(1)], null);
  assert.equal(corrections.valueOf(1, PLACE).state, "val");
  clearTimeout(corrections.teller);
});

test("of a mixed selection the rest is left out, then all are taken back", () => {
  const { corrections } = scene();
  const wanted = () => changesOf({ name: "leaveOut" }, [item(1), item(2)], corrections.valueOf).changes.map((one) => one.state);
  assert.deepEqual(wanted(), ["val out"]);
  corrections.decide({ name: "leaveOut" }, [item(1), item(2)], null);
  assert.deepEqual(wanted(), ["val", "train"]);
  clearTimeout(corrections.teller);
});

test("keep looks at an image without moving it", async () => {
  const { corrections, sent } = scene();
  assert.equal(corrections.reviewedHere(item(1)), false);
  corrections.decide({ name: "keep" }, [item(1)], null, "blurry");
  assert.equal(corrections.reviewedHere(item(1)), true);
  await settle();
  assert.deepEqual(sent[0].places, [{ row: 1, seen: "val", wanted: "val" }]);
  clearTimeout(corrections.teller);
});

test("accept moves the image where it is suggested, undo brings it back at once", async () => {
  const { corrections, sent } = scene();
  corrections.decide({ name: "accept" }, [item(1, "train")], null);
  await settle();
  assert.deepEqual(sent[0].places, [{ row: 1, seen: "val", wanted: "train" }]);
  assert.equal(corrections.undo(), 1);
  assert.deepEqual(corrections.valueOf(1, PLACE), { state: "val", verified: false });
  await settle();
  assert.equal(sent[1].action, "undo");
  clearTimeout(corrections.teller);
});

test("what it would do is said in words", () => {
  assert.equal(placeVerb("val out", "val"), "leave out");
  assert.equal(placeVerb("val", "val out"), "take back");
  assert.equal(placeVerb("train", "val"), "move to training");
  assert.equal(placeText("test out"), "left out");
  const { corrections } = scene();
  const { changes } = changesOf({ name: "accept" }, [item(1, "val out"), item(2, "train out")], corrections.valueOf);
  assert.equal(intended(changes, new Map()), "leave out 1 picture");
});

test("of a group the one that stays says so, another image that nothing is suggested", () => {
  const stays = { ...item(1), group: 3 };
  assert.equal(staysOfGroup(stays), true);
  assert.equal(staysOfGroup({ ...item(1, "train out"), group: 3 }), false);
  assert.match(nothingChanged({ name: "accept" }, [stays], 1), /^This one stays/);
  assert.match(nothingChanged({ name: "accept" }, [{ ...item(1), group: null }], 1), /^Nothing is suggested/);
});
