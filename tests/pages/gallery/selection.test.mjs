// Cursor, selection and the geometry that they move in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { actedOn, emptySelection, moveTo, selectAll, target, toggleAt } from "../../../pages/ui/gallery/selection.mjs";
import { comfortableSize, geometry, heightOf, inSight, placeOf, rowsInSight, scrollFor } from "../../../pages/ui/gallery/layout.mjs";

test("without a selection a key acts on the picture under the cursor", () => {
  assert.deepEqual(actedOn(moveTo(emptySelection(), 4, false), 10), [4]);
  assert.deepEqual(actedOn(emptySelection(), 0), []);
});

test("Shift and arrows select from the anchor, and take back what they leave", () => {
  let selection = moveTo(emptySelection(), 5, false);
  selection = moveTo(selection, 8, true);
  assert.deepEqual(actedOn(selection, 20), [5, 6, 7, 8]);
  selection = moveTo(selection, 4, true);
  assert.deepEqual(actedOn(selection, 20), [4, 5]);
});

test("a selection survives moves of the cursor until it is toggled off", () => {
  let selection = toggleAt(emptySelection(), 2);
  selection = moveTo(selection, 9, false);
  assert.deepEqual(actedOn(selection, 20), [2]);
  selection = toggleAt(selection, 2);
  assert.deepEqual(actedOn(selection, 20), [2]); // by the cursor again
  assert.equal(selection.chosen.size, 0);
});

test("select all takes what is loaded and no more", () => {
  assert.equal(actedOn(selectAll(emptySelection(), 38), 38).length, 38);
});

test("down from the row before the last lands on the last picture; out of the grid stays", () => {
  assert.equal(target("down", 3, 7, 4, 3), 6);
  assert.equal(target("down", 6, 8, 4, 3), 6);
  assert.equal(target("up", 2, 8, 4, 3), 2);
  assert.equal(target("next", 7, 8, 4, 3), 7);
  assert.equal(target("last", 0, 8, 4, 3), 7);
});

test("a laptop's window shows two dozen whole pictures", () => {
  for (const [width, height] of [[710, 575], [906, 590], [1300, 900]]) {
    const grid = geometry(width, comfortableSize(width, height));
    assert.ok(grid.columns * rowsInSight(height, grid) >= 24, `${width} x ${height}`);
  }
});

test("only the tiles in sight and two rows around exist, however long the list", () => {
  const grid = geometry(700, 100);
  const { first, last } = inSight(200000, 600, 1000000, grid);
  assert.ok(last - first <= (Math.ceil(600 / grid.rowHeight) + 6) * grid.columns);
  assert.ok(placeOf(first, grid).top < 200000 && placeOf(last, grid).top > 200600);
});

test("revealing a picture scrolls just far enough", () => {
  const grid = geometry(700, 100);
  assert.equal(scrollFor(0, 0, 600, grid), 0);
  const far = scrollFor(60, 0, 600, grid);
  const { top } = placeOf(60, grid);
  assert.ok(top >= far && top + grid.rowHeight <= far + 600 + 20);
  assert.ok(heightOf(61, grid) >= top + grid.side);
});
