// What a label means, where it is pointed at and in the map of keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeKeymap } from "../../../pages/ui/gallery/keymap.mjs";
import { isDescribed, labelHelp, meaningText } from "../../../pages/ui/gallery/meaning.mjs";

const sea = { id: 1, name: "sea", key: "s", description: "Open water.", examples: [], implies: ["water", "outdoors"] };
const bare = { id: 2, name: "sky", key: "", description: "", examples: [], implies: [] };
const shown = { id: 3, name: "tree", key: "", description: "", examples: ["/errata/thumbnail/1/f/4"], implies: [] };
const keyed = { id: 4, name: "dog", key: "d", description: "", examples: [], implies: [] };

test("a sentence, an example or an implication describes a label; a name alone does not", () => {
  assert.deepEqual([sea, bare, shown, keyed].map(isDescribed), [true, false, true, false]);
  assert.equal(isDescribed({ id: 5, name: "old", key: "" }), false);
});

test("the meaning in words is for those who see no card", () => {
  assert.equal(meaningText(sea), "Open water. Implies water, outdoors.");
  assert.equal(meaningText(bare), "");
});

test("the map of keys lists labels with a key first, then those that are described", () => {
  const found = labelHelp([shown, bare, keyed, sea], makeKeymap([shown, bare, keyed, sea]));
  assert.deepEqual(found.map(({ label, key }) => [label.name, key]), [["dog", "D"], ["sea", "S"], ["tree", null]]);
});
