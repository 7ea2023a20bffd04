// Which press means what, and who wins where two want the same key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, keyHelp, makeKeymap } from "../../../pages/ui/gallery/keymap.mjs";

const causes = ["mislabel", "sparsity", "wrong pattern", "unknown"].map((word) => ({ word }));
const press = (key, extra = {}) => ({ key, code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...extra });
const keymap = makeKeymap([{ id: 7, key: "s" }, { id: 8, key: "" }, { id: 9, key: "T" }], causes);

test("a label's key toggles it and Shift sets it unknown", () => {
  assert.deepEqual(commandOf(press("s"), keymap), { name: "toggle", label: 7 });
  assert.deepEqual(commandOf(press("S", { shiftKey: true }), keymap), { name: "unknown", label: 7 });
  assert.deepEqual(commandOf(press("t"), keymap), { name: "toggle", label: 9 });
});

test("the browser keeps its own keys", () => {
  for (const event of [press("s", { ctrlKey: true }), press("r", { metaKey: true }), press("s", { altKey: true }), press("Tab"), press("F5"), press("q")]) {
    assert.equal(commandOf(event, keymap), null);
  }
});

test("Shift and an arrow extend the selection", () => {
  assert.deepEqual(commandOf(press("ArrowDown", { shiftKey: true }), keymap), { name: "down", extend: true });
});

test("undo is z and Ctrl+Z", () => {
  assert.deepEqual(commandOf(press("z"), keymap), { name: "undo" });
  assert.deepEqual(commandOf(press("z", { ctrlKey: true }), keymap), { name: "undo" });
});

test("F2 asks for the name, which no label can have as its key", () => {
  assert.deepEqual(commandOf(press("F2"), keymap), { name: "name" });
  assert.ok(keyHelp(keymap, true).some(([keys]) => keys[0] === "F2"));
});

test("a label that has the key n or z wins, and Ctrl+Z still undoes", () => {
  const crowded = makeKeymap([{ id: 1, key: "n" }, { id: 2, key: "z" }], causes);
  assert.deepEqual(commandOf(press("n"), crowded), { name: "toggle", label: 1 });
  assert.deepEqual(commandOf(press("z"), crowded), { name: "toggle", label: 2 });
  assert.deepEqual(commandOf(press("z", { ctrlKey: true }), crowded), { name: "undo" });
  const undo = keyHelp(crowded, true).find(([, text]) => text.startsWith("undo"));
  assert.deepEqual(undo[0], ["Ctrl+Z"]);
});

test("digits move an error to a cause until a label uses a digit", () => {
  assert.deepEqual(commandOf(press("3"), keymap), { name: "verdict", cause: "wrong pattern" });
  const digits = makeKeymap([{ id: 4, key: "3" }], causes);
  assert.deepEqual(commandOf(press("3"), digits), { name: "toggle", label: 4 });
  assert.equal(commandOf(press("1"), digits), null);
  assert.deepEqual(commandOf(press("#", { shiftKey: true, code: "Digit3" }), digits), { name: "unknown", label: 4 });
});

test("digits beyond the causes are free for labels", () => {
  const beyond = makeKeymap([{ id: 4, key: "7" }], causes);
  assert.deepEqual(commandOf(press("7"), beyond), { name: "toggle", label: 4 });
  assert.deepEqual(commandOf(press("1"), beyond), { name: "verdict", cause: "mislabel" });
});

test("no label takes the space bar or the question mark, and of two labels with one key the first has it", () => {
  const odd = makeKeymap([{ id: 1, key: "?" }, { id: 2, key: " " }, { id: 3, key: "a" }, { id: 4, key: "A" }], causes);
  assert.deepEqual(commandOf(press("?", { shiftKey: true }), odd), { name: "help" });
  assert.deepEqual(commandOf(press(" "), odd), { name: "select" });
  assert.deepEqual(commandOf(press("a"), odd), { name: "toggle", label: 3 });
});
