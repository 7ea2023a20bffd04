// What the gallery tells Python waits until the reader is known to stay on the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Leaving } from "../../../pages/ui/gallery/leaving.mjs";

// A page whose time passes when told.
function scene() {
  const told = [];
  let time = 10000, timers = [];
  const leaving = new Leaving({ now: () => time, later: (work, ms) => timers.push({ work, at: time + ms }) });
  const pass = (ms) => {
    for (const until = time + ms; time < until;) {
      time += 50;
      const due = timers.filter((one) => one.at <= time);
      timers = timers.filter((one) => one.at > time);
      due.forEach((one) => one.work());
    }
  };
  return { leaving, told, pass, say: (word) => leaving.say(() => told.push(word)) };
}

test("on a page at rest it is said at once", () => {
  const { told, say } = scene();
  say("saved");
  assert.deepEqual(told, ["saved"]);
});

test("after a click elsewhere it waits for the run that the click asks for, and for that run's end", () => {
  const { leaving, told, pass, say } = scene();
  leaving.clicked(true);
  say("saved");
  pass(20000);
  leaving.ran(true);
  pass(9000);
  assert.deepEqual(told, []);
  leaving.ran(false);
  pass(100);
  assert.deepEqual(told, []); // the next page's run may follow at once
  pass(400);
  assert.deepEqual(told, ["saved"]);
});

test("a page that was left hears nothing more", () => {
  const { leaving, told, pass, say } = scene();
  leaving.clicked();
  say("saved");
  leaving.ran(true);
  leaving.destroy();
  leaving.ran(false);
  pass(20000);
  assert.deepEqual(told, []);
});

test("a button that led nowhere holds nothing back for long", () => {
  const { leaving, told, pass, say } = scene();
  leaving.clicked();
  say("saved");
  pass(3900);
  assert.deepEqual(told, []);
  pass(400);
  assert.deepEqual(told, ["saved"]);
});

test("of several that wait the last is said, once", () => {
  const { leaving, told, pass, say } = scene();
  leaving.ran(true);
  say("one");
  say("two");
  leaving.ran(false);
  pass(1000);
  assert.deepEqual(told, ["two"]);
});
