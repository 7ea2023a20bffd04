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
  // Rounding makes nothing certain.
  return Math.min(value, 0.99).toFixed(2).replace(/^0/, "");
}

// The same where there is room for words.
export function probabilityInWords(value) {
  return value > 0.994 ? "over .99" : value !== null && value < 0.006 ? "under .01" : probabilityText(value);
}

export function percentText(value) {
  if (value === null || value === undefined) return "–";
  return value >= 0.995 ? "over 99 %" : `${Math.round(value * 100)} %`;
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

// What a state is after it was set: "dog added".
export function doneText(state, label) {
  return { present: `${label} added`, absent: `${label} removed` }[state] ?? `${label} set unknown`;
}

export const MEANING = {
  FP: "False positive: predicted (probability at or above the label's threshold) but annotated absent.",
  FN: "False negative: annotated present but not predicted (probability below the label's threshold).",
  AUM: "Area under the margin: the mean over the epochs of logit × (+1 if annotated present, −1 if absent). Far below 0: training never agreed with the annotation.",
  confidence: "How likely this cause is, given what was measured: the other causes and “unknown” share the rest up to 100 %.",
  lookAlikes: "Validation images with the same prediction that look most like this one to the model.",
};

export function keyName(key) {
  const names = { Enter: "⏎", Backspace: "⌫", " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
  return names[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
