// One tile of the grid: picture, chip, tick and the mark of what was decided.

import { h } from "./elements.mjs";
import { PLACE, isOut, placeText } from "./places.mjs";
import { MEANING, probabilityText, signedText } from "./words.mjs";

const KIND = { FP: "predicted, not annotated", FN: "annotated, not predicted" };
const DONE = { present: "added", absent: "removed", unknown: "unknown" };
const ANNOTATED = { FP: "absent", FN: "present" };

function build(tile) {
  tile.replaceChildren(
    h("div", { class: "picture" }, h("img", { alt: "", draggable: "false" }), h("span", { class: "tick", title: "Select (Space)" }, "✓"), h("span", { class: "badge" }), h("span", { class: "border" })),
    h("div", { class: "chip" }, h("span", { class: "who" }, h("span", { class: "mark" }), h("span", { class: "kind" }), h("span", { class: "name" })), h("span", { class: "number" }), h("span", { class: "number" })),
  );
}

// "● FN sea .03" for an error, "● sea ✓ added" once its label was changed, "✓ sea .03" for a training image, the file's name without a label.
function chipOf(item, view) {
  const cause = view.causes.get(item.cause);
  const label = view.labels.get(item.label);
  if (item.label === PLACE) return { mark: "", colour: null, kind: "", name: item.group === null ? item.title || item.key : placeText(view.valueOf(item.row, PLACE).state), number: item.measure, aum: "" };
  if (!label) return { mark: "", colour: null, kind: "", name: item.key ?? "", number: "", aum: "" };
  const value = view.valueOf(item.row, item.label);
  const changed = item.kind && value.verified && value.state !== ANNOTATED[item.kind];
  if (changed) return { mark: cause?.mark ?? "", colour: cause?.colour ?? null, kind: "", name: label.name, number: `${view.states[value.state]} ${DONE[value.state]}`, aum: "" };
  return {
    mark: cause ? cause.mark : view.states[value.state],
    colour: cause ? cause.colour : null,
    kind: item.kind ?? "",
    name: label.name,
    number: item.probability === null ? "" : probabilityText(item.probability),
    aum: typeof item.aum === "number" ? signedText(item.aum) : "",
  };
}

function spoken(item, chip, view, decided) {
  const label = view.labels.get(item.label);
  const what = item.label === PLACE ? `${item.title}, ${placeText(view.valueOf(item.row, PLACE).state)}` : label ? `${label.name}, ${KIND[item.kind] ?? view.valueOf(item.row, item.label).state}` : "picture";
  return [item.key, what, item.probability === null ? "" : `probability ${probabilityText(item.probability)}`, item.cause ?? "", decided ? `decided: ${decided.state}` : ""].filter(Boolean).join(", ");
}

// What the corner says: nothing, the decided state, "…" while it is on its way, "!" where somebody else was quicker.
function badgeOf(item, view) {
  const place = view.valueOf(item.row, PLACE).state;
  if (item.label === null) return { text: isOut(place) ? "left out" : "", kind: "saved", decided: null };
  const value = view.valueOf(item.row, item.label);
  const trouble = view.conflictOf(item.row, item.label);
  if (trouble) return { text: "! changed by others", kind: "conflict", decided: null };
  if (!value.verified) return { text: "", kind: "", decided: null };
  const waiting = view.isPending(item.row, item.label);
  const ofPlace = item.label === PLACE;
  const told = waiting ? "…" : view.isSaved(item.row, item.label) ? "saved" : ofPlace ? "" : "verified";
  const what = ofPlace ? placeText(value.state) : view.states[value.state];
  return { text: `${what} ${told}`.trim(), kind: waiting ? "pending" : "saved", decided: value };
}

// True at the first suspect that the analysis does not call wrong: those before it are the convincing ones.
function endsHere(view, index) {
  const [before, here] = [view.items[index - 1], view.items[index]];
  if (here?.group !== null) return false;
  return here?.part === "train" && before?.machineCause === "mislabel" && here.machineCause === "unknown";
}

// True at the first picture of a group of look-alikes.
function opensGroup(view, index) {
  const { group } = view.items[index];
  return group !== null && view.items[index - 1]?.group !== group;
}

export function paintTile(tile, view, index) {
  const item = view.items[index];
  if (!tile.firstChild) build(tile);
  const [picture, chipLine] = tile.children;
  const [image, , badge, border] = picture.children;
  border.textContent = endsHere(view, index) ? "from here on: not convincing" : "";
  const chip = chipOf(item, view);
  const mark = badgeOf(item, view);
  const url = view.thumbnail(item.row);
  if (url) { if (image.getAttribute("src") !== url) image.src = url; } else image.removeAttribute("src");
  picture.title = url === "" ? view.noThumbnail() : "";
  const chosen = view.selection.chosen.has(index);
  const classes = ["tile", url === null && "loading", url === "" && "missing", chosen && "chosen", index === view.selection.cursor && "cursor", mark.decided && "decided", mark.kind === "conflict" && "troubled", isOut(view.valueOf(item.row, PLACE).state) && "out", opensGroup(view, index) && "opens"];
  tile.className = classes.filter(Boolean).join(" ");
  tile.setAttribute("aria-selected", String(chosen));
  tile.setAttribute("aria-label", spoken(item, chip, view, mark.decided));
  badge.textContent = mark.text;
  badge.className = `badge ${mark.kind}`;
  const [who, number, aum] = chipLine.children;
  const [sign, kind, name] = who.children;
  sign.textContent = chip.mark;
  sign.style.color = chip.colour ?? "";
  kind.textContent = chip.kind;
  name.textContent = chip.name;
  number.textContent = chip.number;
  aum.textContent = chip.aum;
  const numbers = item.probability === null ? "" : `probability ${probabilityText(item.probability)}${typeof item.aum === "number" ? `, AUM ${signedText(item.aum)}` : ""}`;
  chipLine.title = [item.cause, numbers, MEANING[chip.kind], chip.aum && MEANING.AUM].filter(Boolean).join(" · ");
}
