// What each command does, by its name: of a key, a button or the mouse, all the same.

import { selectAll, toggleAt } from "./selection.mjs";

const STEPS = new Set(["left", "right", "up", "down", "first", "last", "pageUp", "pageDown", "next", "previous"]);
const DECISIONS = new Set(["accept", "keep", "toggle", "unknown", "leaveOut"]);

export function carryOut(gallery, command) {
  const { name } = command;
  const { list, corrections } = gallery;
  const waited = gallery.confirming;
  gallery.hint = gallery.confirming = "";
  const peeked = gallery.inspector.unpeek();
  if ((waited || peeked) && name === "escape") gallery.repaint();
  else if (name === "accept" && asksFirst(gallery, command, waited)) gallery.paintBars();
  else if (STEPS.has(name)) gallery.move(name, command.extend);
  else if (DECISIONS.has(name)) gallery.decide(command);
  else if (name === "verdict") gallery._told(corrections.verdict(command.cause, gallery.acted()));
  else if (name === "undo") gallery.undo();
  else if (name === "select") gallery.select(toggleAt(list.selection, list.selection.cursor));
  else if (name === "selectAll") gallery.select(selectAll(list.selection, list.items.length));
  else if (name === "escape") gallery.escape();
  else if (name === "name") gallery.askName();
  else if (name === "help") gallery.help.toggle(gallery.keymap, list.hasSuggestions, [...gallery.labels.values()]);
}

// A bulk accept says what it will do; the second one does it.
function asksFirst(gallery, command, waited) {
  if (!gallery.list.selection.chosen.size) return false;
  const wanted = gallery.corrections.intended(command, gallery.acted());
  if (!wanted || wanted === waited) return false;
  gallery.confirming = wanted;
  gallery.hint = `${wanted[0].toUpperCase()}${wanted.slice(1)}: ⏎ again to do it, Esc not.`;
  return true;
}
