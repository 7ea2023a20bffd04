// One tile of the grid: picture, chip, tick and the mark of what was decided.

import { h } from "./elements.mjs";
import { probabilityText, signedText } from "./words.mjs";

const KIND = { FP: "predicted, not annotated", FN: "annotated, not predicted" };

function build(tile) {
  tile.replaceChildren(
    h("div", { class: "picture" }, h("img", { alt: "", draggable: "false" }), h("span", { class: "tick", title: "Select (Space)" }, "✓"), h("span", { class: "badge" })),
    h("div", { class: "chip" }, h("span", { class: "mark" }), h("span", { class: "kind" }), h("span", { class: "name" }), h("span", { class: "number" })),
  );
}

// "● FN sea .03" for an error, "✓ sea .03" for a training image, the file's name without a label.
function chipOf(item, view) {
  const cause = view.causes.get(item.cause);
  const label = view.labels.get(item.label);
  if (!label) return { mark: "", colour: null, kind: "", name: item.key ?? "", number: "" };
  const value = view.valueOf(item.row, item.label);
  const aum = typeof item.aum === "number" ? ` ${signedText(item.aum)}` : "";
  return {
    mark: cause ? cause.mark : view.states[value.state],
    colour: cause ? cause.colour : null,
    kind: item.kind ?? "",
    name: label.name,
    number: item.probability === null ? "" : probabilityText(item.probability) + aum,
  };
}

function spoken(item, chip, view, decided) {
  const label = view.labels.get(item.label);
  const what = label ? `${label.name}, ${KIND[item.kind] ?? view.valueOf(item.row, item.label).state}` : "picture";
  return [item.key, what, item.probability === null ? "" : `probability ${probabilityText(item.probability)}`, item.cause ?? "", decided ? `decided: ${decided.state}` : ""].filter(Boolean).join(", ");
}

// What the corner says: nothing, the decided state, "…" while it is on its way, "!" where somebody else was quicker.
function badgeOf(item, view) {
  if (item.label === null) return { text: "", kind: "", decided: null };
  const value = view.valueOf(item.row, item.label);
  const trouble = view.conflictOf(item.row, item.label);
  if (trouble) return { text: "! changed by others", kind: "conflict", decided: null };
  if (!value.verified) return { text: "", kind: "", decided: null };
  const waiting = view.isPending(item.row, item.label);
  const told = waiting ? "…" : view.isSaved(item.row, item.label) ? "saved" : "verified";
  return { text: `${view.states[value.state]} ${told}`, kind: waiting ? "pending" : "saved", decided: value };
}

export function paintTile(tile, view, index) {
  const item = view.items[index];
  if (!tile.firstChild) build(tile);
  const [picture, chipLine] = tile.children;
  const [image, , badge] = picture.children;
  const chip = chipOf(item, view);
  const mark = badgeOf(item, view);
  const url = view.thumbnail(item.row);
  if (url) { if (image.getAttribute("src") !== url) image.src = url; } else image.removeAttribute("src");
  const chosen = view.selection.chosen.has(index);
  const classes = ["tile", url === null && "loading", url === "" && "missing", chosen && "chosen", index === view.selection.cursor && "cursor", mark.decided && "decided", mark.kind === "conflict" && "troubled"];
  tile.className = classes.filter(Boolean).join(" ");
  tile.setAttribute("aria-selected", String(chosen));
  tile.setAttribute("aria-label", spoken(item, chip, view, mark.decided));
  badge.textContent = mark.text;
  badge.className = `badge ${mark.kind}`;
  const [sign, kind, name, number] = chipLine.children;
  sign.textContent = chip.mark;
  sign.style.color = chip.colour ?? "";
  kind.textContent = chip.kind;
  name.textContent = chip.name;
  number.textContent = chip.number;
  const numbers = item.probability === null ? "" : `probability ${probabilityText(item.probability)}${typeof item.aum === "number" ? `, AUM ${signedText(item.aum)}` : ""}`;
  chipLine.title = [chip.kind && KIND[chip.kind], item.cause, numbers].filter(Boolean).join(" · ");
}
