// What a label means: its sentence, examples and what it implies, where the label is pointed at and in the map of keys.

import { h, kbd } from "./elements.mjs";

const MOST_PICTURES = 4;

// True where somebody has said more than the name.
export function isDescribed(label) {
  return Boolean(label.description || label.examples?.length || label.implies?.length);
}

// The same in words, for a screen reader.
export function meaningText(label) {
  const implied = label.implies?.length ? `Implies ${label.implies.join(", ")}.` : "";
  return [label.description, implied].filter(Boolean).join(" ");
}

export function meaningOf(label) {
  const pictures = (label.examples ?? []).slice(0, MOST_PICTURES);
  return [
    label.description ? h("p", {}, label.description) : null,
    label.implies?.length ? h("p", { class: "implied" }, `implies ${label.implies.join(", ")}`) : null,
    pictures.length ? h("div", { class: "examples" }, pictures.map((url) => h("img", { src: url, alt: "", loading: "lazy" }))) : null,
  ];
}

const GAP_PX = 6;

// A card over the inspector, under the labels where there is room, else above them: it moves nothing.
export class Meaning {
  constructor(frame, labels, foot) {
    Object.assign(this, { frame, labels, foot });
    this.root = h("div", { class: "meaning", "aria-hidden": "true", hidden: true });
  }

  show(label) {
    if (!isDescribed(label)) return this.hide();
    this.root.replaceChildren(h("strong", {}, label.name), ...meaningOf(label).filter(Boolean));
    this.root.hidden = false;
    const [frame, labels, foot] = [this.frame, this.labels, this.foot].map((one) => one.getBoundingClientRect());
    const below = labels.bottom + GAP_PX;
    const top = below + this.root.offsetHeight <= foot.top ? below : labels.top - GAP_PX - this.root.offsetHeight;
    this.root.style.top = `${Math.max(0, Math.round(top - frame.top))}px`;
    return undefined;
  }

  hide() {
    this.root.hidden = true;
  }
}

// The labels in the map of keys: those with a key first, each with what it means.
export function labelHelp(labels, keymap) {
  const keyOf = new Map([...keymap.labelOf].map(([key, id]) => [id, key.toUpperCase()]));
  const listed = labels.filter((label) => keyOf.has(label.id) || isDescribed(label));
  const ordered = [...listed.filter((label) => keyOf.has(label.id)), ...listed.filter((label) => !keyOf.has(label.id))];
  return ordered.map((label) => ({ label, key: keyOf.get(label.id) ?? null }));
}

export function labelMap(labels, keymap) {
  return labelHelp(labels, keymap).map(({ label, key }) => h("div", {},
    h("dt", {}, key ? kbd(key) : null, h("b", {}, label.name)), h("dd", {}, meaningOf(label))));
}
