// The points of the map: unpacked as they were sent, and areas that mean the same here and in a search.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byColour, inside, rounded, simplified, termOf, toldOf, unpackMap } from "../../../pages/ui/map/points.mjs";

const circle = Array.from({ length: 500 }, (_, at) => [0.5 + 0.4 * Math.cos((at / 500) * 2 * Math.PI), 0.5 + 0.4 * Math.sin((at / 500) * 2 * Math.PI)]);

test("what the server packs is unpacked", () => {
  const header = new TextEncoder().encode(JSON.stringify({ n: 2, images: 9, kind: "part", low: 0, high: 1 }));
  const body = new Uint8Array(4 + header.length + 32);
  new DataView(body.buffer).setUint32(0, header.length, true);
  body.set(header, 4);
  body.set(new Uint8Array(new Uint32Array([3, 70000]).buffer), 4 + header.length);
  body.set(new Uint8Array(new Float32Array([0, 0.25, 0.5, 1, -1, 2]).buffer), 12 + header.length);
  const points = unpackMap(body.buffer);
  assert.deepEqual([points.images, points.kind, [...points.rows]], [9, "part", [3, 70000]]);
  assert.deepEqual([[...points.places], [...points.values]], [[0, 0.25, 0.5, 1], [-1, 2]]);
});

test("a line that was drawn keeps its shape with far fewer corners", () => {
  const few = simplified(circle);
  assert.equal(few.length, 60);
  let differ = 0;
  for (let x = 0; x < 1; x += 0.02) for (let y = 0; y < 1; y += 0.02) differ += inside(x, y, circle) !== inside(x, y, few);
  assert.ok(differ < 10, `${differ} of 2500 places`);
  assert.deepEqual(simplified([[0, 0], [1, 0], [1, 1]], 3), [[0, 0], [1, 0], [1, 1]]);
});

test("an area is a term that a search reads", () => {
  assert.equal(termOf(rounded([[0.12345, 0], [-0.2, 1], [1.5, 0.30001]])), "map:.1235,0;-.2,1;1.5,.3");
});

test("points are grouped by what they show, the rarest last", () => {
  const groups = byColour({ kind: "label", values: new Float32Array([0, 0, 1, 0]), low: 0, high: 1, n: 4 }, false);
  assert.deepEqual(groups, [["#9AA0A6", [0, 1, 3]], ["#0072B2", [2]]]);
  const measured = byColour({ kind: "number", values: new Float32Array([0, NaN, 9]), low: 0, high: 1, n: 3 }, false);
  assert.deepEqual(measured.map(([colour]) => colour).sort(), ["#00224e", "#9AA0A6", "#fee838"]);
});

test("a point is told by its file and its labels", () => {
  assert.deepEqual(toldOf({ key: "images/im82.jpg", labels: ["sea", "people"] }), ["im82.jpg", "sea, people"]);
  assert.deepEqual(toldOf({ key: "im82.jpg", labels: [] }), ["im82.jpg", "no label"]);
  assert.equal(toldOf({ key: "a", labels: [..."abcdefgh"] })[1], "a, b, c, d, e, f and 2 more");
});
