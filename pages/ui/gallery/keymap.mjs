// Which key does what. Keys of labels win over n, p, x and z: those commands keep their arrows, Delete and Ctrl+Z.

const COMMANDS = {
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
  Home: "first", End: "last", PageUp: "pageUp", PageDown: "pageDown",
  " ": "select", Enter: "accept", Backspace: "keep", Escape: "escape", "?": "help", Delete: "leaveOut", F2: "name",
};
const LETTERS = { n: "next", p: "previous", x: "leaveOut", z: "undo" };
const MOVES = new Set(["left", "right", "up", "down", "first", "last", "pageUp", "pageDown"]);
// These mean the same wherever the gallery stands, so no label may take them.
const NEVER_A_LABEL = new Set([" ", "?"]);

export function makeKeymap(labels, causes = []) {
  const labelOf = new Map();
  for (const label of labels) {
    const key = (label.key ?? "").toLowerCase();
    if ([...key].length === 1 && !NEVER_A_LABEL.has(key) && !labelOf.has(key)) labelOf.set(key, label.id);
  }
  const digits = causes.map((cause, i) => [String(i + 1), cause.word]);
  const causeOf = new Map(digits.some(([digit]) => labelOf.has(digit)) ? [] : digits);
  const letters = new Map(Object.entries(LETTERS).filter(([key]) => !labelOf.has(key)));
  return { labelOf, causeOf, letters };
}

// Shift turns "1" into "!" and the like; the code of the key tells the digit on every layout.
function plainKey(event) {
  const digit = /^Digit(\d)$/.exec(event.code ?? "");
  if (event.shiftKey && digit) return digit[1];
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// The command of a key press, or null: then the press belongs to the browser.
export function commandOf(event, keymap) {
  const key = plainKey(event);
  if (event.ctrlKey || event.metaKey) {
    if (event.altKey || event.shiftKey) return null;
    if (key === "z") return { name: "undo" };
    return key === "a" ? { name: "selectAll" } : null;
  }
  if (event.altKey) return null;
  if (keymap.labelOf.has(key)) {
    return { name: event.shiftKey ? "unknown" : "toggle", label: keymap.labelOf.get(key) };
  }
  if (event.key === "?") return { name: "help" };
  if (event.key in COMMANDS) {
    const name = COMMANDS[event.key];
    return MOVES.has(name) ? { name, extend: event.shiftKey } : event.shiftKey ? null : { name };
  }
  if (event.shiftKey) return null;
  if (keymap.letters.has(key)) return { name: keymap.letters.get(key) };
  if (keymap.causeOf.has(key)) return { name: "verdict", cause: keymap.causeOf.get(key) };
  return null;
}

// What the map of keys shows: pairs of keys and what they do.
export function keyHelp(keymap, canAccept) {
  const named = (command, fallback) => [...keymap.letters].filter(([, c]) => c === command).map(([k]) => k.toUpperCase()).concat(fallback);
  const rows = [
    [["←", "→", "↑", "↓"], "move; with Shift, select on the way"],
    [named("next", ["→"]), "next picture"],
    [named("previous", ["←"]), "previous picture"],
    [["Space"], "select or deselect the picture"],
    [["Ctrl+A"], "select every picture that is loaded"],
  ];
  if (canAccept) rows.push([["⏎"], "accept the suggestion"]);
  rows.push(
    [["⌫"], "keep the annotation and mark it verified"],
    [["a label's key"], "present ⇄ absent"],
    [["Shift + the key"], "set that label unknown"],
    [named("leaveOut", ["Delete"]), "leave the image out (neither learned from nor judged), or take it back"],
  );
  if (keymap.causeOf.size) rows.push([["1", "–", String(keymap.causeOf.size)], `move the error to ${[...keymap.causeOf.values()].join(", ")}`]);
  rows.push(
    [named("undo", ["Ctrl+Z"]), "undo the last change made here"],
    [["hold Tab"], "where the model looked; a short Tab moves on as usual"],
    [["F2"], "say who is correcting"],
    [["Esc"], "drop the selection, or leave this list"],
    [["?"], "this map"],
  );
  return rows;
}
