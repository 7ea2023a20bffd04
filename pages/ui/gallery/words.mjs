// The words, marks and numbers of the gallery: how a state, a probability or a count is written.

// One character a cell: p present, a absent, u unknown; a capital where a person has verified it.
const STATE_OF = { p: "present", a: "absent", u: "unknown" };

export function decodeCell(letter) {
  const small = letter.toLowerCase();
  return { state: STATE_OF[small] ?? "unknown", verified: letter !== small };
}

export function sameValue(one, other) {
  return one.state === other.state && one.verified === other.verified;
}

export function probabilityText(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value >= 0.995) return value === 1 ? "1.0" : ".99";
  return value.toFixed(2).replace(/^0/, "");
}

export function percentText(value) {
  if (value === null || value === undefined) return "–";
  // Rounding makes nothing certain.
  return value >= 0.995 && value < 1 ? "over 99 %" : `${Math.round(value * 100)} %`;
}

export function signedText(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

// What the suggestion does, as a verb: "remove sea".
export function suggestionText(state, label) {
  if (state === "present") return `add ${label}`;
  if (state === "absent") return `remove ${label}`;
  if (state === "unknown") return `set ${label} unknown`;
  return "no suggestion";
}

export function keyName(key) {
  const names = { Enter: "⏎", Backspace: "⌫", " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
  return names[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
