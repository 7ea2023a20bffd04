// What a command changes: the cells with the value that was seen and the value that is wanted.

import { PLACE, isOut, placeVerb, turned } from "./places.mjs";
import { sameValue } from "./words.mjs";

export function clientId() {
  if (globalThis.crypto?.randomUUID) return crypto.randomUUID();
  // Pages that are not served from this machine over TLS have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const cellKey = (row, label) => `${row}:${label}`;

function wantedFor(command, item, valueOf, towards) {
  if (command.name === "accept") return item.suggested ? { label: item.label, state: item.suggested } : null;
  if (command.name === "keep") return item.label === null ? null : { label: item.label, state: valueOf(item.row, item.label).state };
  if (command.name === "leaveOut") return { label: PLACE, state: turned(valueOf(item.row, PLACE).state, towards) };
  return { label: command.label, state: command.name === "unknown" ? "unknown" : towards };
}

// A toggle of many goes one way: to absent when all are present, else to present; out of the data set, unless all are out.
function direction(command, items, valueOf) {
  if (command.name === "leaveOut") return !items.every((item) => isOut(valueOf(item.row, PLACE).state));
  if (command.name !== "toggle") return null;
  return items.every((item) => valueOf(item.row, command.label).state === "present") ? "absent" : "present";
}

// What the cause suggests for an error: an FP is annotated absent, an FN present, and only a wrong label is to be changed.
export function suggestionFor(cause, kind) {
  const right = cause === "sparsity" || cause === "wrong pattern";
  return (kind === "FN") === right ? "present" : "absent";
}

// The changes of accept, keep, toggle or unknown on some items; every cell once, and only what really changes.
export function changesOf(command, items, valueOf) {
  const towards = direction(command, items, valueOf);
  const changes = new Map();
  let without = 0;
  for (const item of items) {
    const wanted = wantedFor(command, item, valueOf, towards);
    if (wanted === null) {
      without += 1;
      continue;
    }
    const seen = valueOf(item.row, wanted.label);
    const value = { state: wanted.state, verified: true };
    const finding = wanted.label === item.label ? (item.finding ?? item.id) : null;
    if (!sameValue(seen, value)) {
      changes.set(cellKey(item.row, wanted.label), { row: item.row, label: wanted.label, seen: { ...seen }, ...value, finding });
    }
  }
  return { changes: [...changes.values()], without };
}

export function setOperation(changes, { run, reason = "" }) {
  const action = changes[0]?.label === PLACE ? "place" : "set"; // a list is of images or of labels, never of both
  return { client_id: clientId(), action, cells: changes, run, reason };
}

export function verdictOperation(item, cause) {
  return { client_id: clientId(), action: "verdict", finding: item.id, seen: item.cause, cause };
}

// The way back: `cells` is what the pictures show meanwhile, the server works it out for itself.
export function undoOperation(operation) {
  const cells = operation.cells?.map(({ row, label, seen }) => ({ row, label, ...seen }));
  return { client_id: clientId(), action: "undo", of: operation.client_id, batch: null, cells };
}

// What accepting would do, in words: "remove tree from 48 pictures, keep sea in 2".
export function intended(changes, names) {
  const tally = new Map();
  for (const { label, seen, state } of changes) {
    const name = names.get(label) ?? "label";
    const said = label === PLACE ? [placeVerb(state, seen.state)] : seen.state === state ? ["keep", name, "in"] : { present: ["add", name, "to"], absent: ["remove", name, "from"] }[state] ?? ["set", `${name} unknown`, "in"];
    const key = said.join(" ");
    tally.set(key, (tally.get(key) ?? 0) + 1);
  }
  return [...tally].map(([what, count]) => `${what} ${count} ${count === 1 ? "picture" : "pictures"}`).join(", ");
}

// Of a group of copies or look-alikes, the one that is to stay as it is.
export function staysOfGroup(item) {
  return Boolean(item) && item.label === PLACE && item.group !== null && !item.suggested;
}

// One sentence when a command changes nothing, so that no key press is silent.
export function nothingChanged(command, items, without) {
  const many = items.length > 1;
  const [item] = items;
  if (command.name === "leaveOut") return "Nothing to change here.";
  if (command.name === "accept" && staysOfGroup(item) && !many) return "This one stays: the suggestions are for the others of its group.";
  if (command.name === "accept" && without && !many && item.label === PLACE) return "Nothing is suggested for this image: ⌫ keeps it.";
  if (command.name === "accept" && without) return many ? "None of these has a suggestion." : "There is no suggestion here: press a label's key, or ⌫ to keep the annotation.";
  if (command.name === "keep" && without) return "Choose a label to look at above: then ⌫ keeps its annotation.";
  return many ? "All of these are verified like that already." : "That is verified already.";
}
