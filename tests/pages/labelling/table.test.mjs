// The table of labels: what a search finds, and in which order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, sorted } from "../../../pages/ui/labelling/table.mjs";

const label = (name, rest = {}) => ({ id: 1, position: 0, name, key: "", present: 0, verified: 0, unknown: 0, description: "", implies: [], ...rest });

test("every word is looked for in name, sentence and implications, in any case", () => {
  const sea = label("sea", { description: "Open water.", implies: ["Outdoors"] });
  for (const wanted of ["", "SEA", "wat", "open sea", "outdoors"]) assert.equal(fits(sea, wanted), true, wanted);
  assert.equal(fits(sea, "sea sky"), false);
});

test("numbers and words are sorted both ways, and ties stay in the order of the data set", () => {
  const all = [label("b", { position: 0, present: 2 }), label("a", { position: 1, present: 9 }), label("c", { position: 2, present: 2 })];
  const names = (column, down) => sorted(all, column, down).map((one) => one.name).join("");
  assert.equal(names("present", true), "abc");
  assert.equal(names("present", false), "bca");
  assert.equal(names("name", false), "abc");
  assert.equal(names("name", true), "cba");
});
