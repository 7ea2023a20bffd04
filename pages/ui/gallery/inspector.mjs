// The inspector: everything that one decision needs, in the order in which it is needed.

import { button, h, kbd } from "./elements.mjs";
import { Meaning, isDescribed, meaningText } from "./meaning.mjs";
import { draw } from "./overlay.mjs";
import { NOUNS, PLACE, isOut, partOf, placeText, placeVerb, turned } from "./places.mjs";
import { MEANING, keyName, percentText, plural, probabilityInWords, signedText, suggestionText } from "./words.mjs";

const STRIPS = [
  ["with_label", (name) => `nearest with ${name}, in training`],
  ["without_label", (name) => `nearest without ${name}, in training`],
  ["held_out", () => "validation look-alikes", MEANING.lookAlikes],
  ["same", () => "the others of this group"],
];
const LIKELY = 0.5; // below it, a cause that was not decided is not named
const MANY_LABELS = 18;

// A word with what it means on hover.
function explained(word, meaning) {
  return h("abbr", { title: meaning }, word);
}

// Of an error without a cause: the likeliest and what it lacks, or that there is none.
export function undecided({ second, secondConfidence, bar }) {
  if (second === null || secondConfidence === null || secondConfidence < LIKELY) return "no cause stands out";
  const likeliest = `probably ${second}, ${percentText(secondConfidence)}`;
  return bar === null ? `${likeliest}; not sure enough to decide` : `${likeliest}; deciding needs ${percentText(bar)}`;
}

export class Inspector {
  constructor(actions) {
    this.actions = actions;
    this.picture = h("img", { class: "whole", alt: "" });
    this.canvas = h("canvas", { class: "where", "aria-hidden": "true", hidden: true });
    this.caption = h("figcaption", {});
    this.banner = button("", () => this.unpeek(), { class: "peek", hidden: true });
    this.look = button(["where it looked: hold ", kbd("Tab")], () => actions.toggleWhere(), { class: "look", "aria-pressed": "false" });
    this.figure = h("figure", {}, h("div", { class: "stage", onclick: () => this.unpeek() }, this.picture, this.canvas), this.look, this.banner, this.caption);
    this.body = h("div", { class: "facts" });
    this.labels = h("div", { class: "labels" });
    this.foot = h("div", { class: "decide" });
    this.wanted = h("input", { type: "search", class: "find", placeholder: "find a label", "aria-label": "Find a label", oninput: () => this._labels(this.view, this.item) });
    this.root = h("aside", { class: "inspector", "aria-label": "The picture under the cursor" }, h("div", { class: "scroll" }, this.figure, this.body, this.labels), this.foot);
    this.meaning = new Meaning(this.root, this.labels, this.foot);
    this.root.append(this.meaning.root);
    this.row = null;
    this.kept = null; // the neighbour that a click keeps in sight
    this.picture.addEventListener("load", () => this.picture.classList.remove("soft"));
    this.picture.addEventListener("error", () => { if (this.picture.dataset.full) this._fallBack(); });
  }

  // The original cannot be shown: keep what the thumbnail shows.
  _fallBack() {
    const url = this.view.thumbnail(this.row);
    delete this.picture.dataset.full;
    if (url) this.picture.src = url;
  }

  show(view, item) {
    this.view = view;
    this.item = item;
    this.meaning.hide();
    this.root.classList.toggle("nothing", !item);
    if (!item) {
      this.row = null;
      this.body.replaceChildren(h("p", { class: "quiet" }, "No picture here."));
      this.labels.replaceChildren();
      this.foot.replaceChildren();
      this.picture.removeAttribute("src");
      this.look.hidden = this.banner.hidden = true;
      this.caption.textContent = "";
      return;
    }
    this.kept = null;
    this._picture(view, item.row, item.part, item.key);
    this.look.hidden = item.id === null || !view.canLook;
    this._facts(view, item);
    this._labels(view, item);
    this._decide(view, item);
  }

  _picture(view, row, part, key) {
    const place = part === null ? null : view.valueOf(row, PLACE).state;
    const told = place === null ? "" : isOut(place) ? `left out (${NOUNS[partOf(place)]})` : `${NOUNS[partOf(place)]} image`;
    this.caption.textContent = [key, told].filter(Boolean).join(" · ");
    this.banner.hidden = row === this.item?.row;
    if (row === this.row) return;
    this.row = row;
    this.hideWhere();
    const small = view.thumbnail(row);
    this.picture.alt = key ?? `picture ${row}`;
    this.picture.classList.add("soft");
    if (small) this.picture.src = small;
    // The original follows the thumbnail when the cursor rests: a held arrow key asks for no originals.
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.picture.dataset.full = "1";
      this.picture.src = view.image(row);
    }, small ? 90 : 0);
  }

  // Look at a neighbour; the decision still is about the picture under the cursor. A click keeps it in sight.
  peek(row, note, kept) {
    if (kept && this.kept === row) return void this.unpeek();
    this.kept = kept ? row : this.kept;
    this.banner.textContent = `look-alike (${note}) · Esc or click: back to the ${this.item.kind ? "error" : "picture"}`;
    this._picture(this.view, row, null, note);
    this._press();
  }

  // The mouse leaves a neighbour that no click keeps.
  unhover() {
    if (this.kept !== this.row) this.unpeek();
  }

  // Back to the picture; true where another one was in sight.
  unpeek() {
    this.kept = null;
    if (!this.item || this.row === this.item.row) return false;
    this._picture(this.view, this.item.row, this.item.part, this.item.key);
    this._press();
    return true;
  }

  _press() {
    this.strips?.querySelectorAll("button[data-row]").forEach((b) => b.setAttribute("aria-pressed", String(this.kept !== null && Number(b.dataset.row) === this.row)));
  }

  showWhere(where) {
    if (this.row !== this.item?.row) this._picture(this.view, this.item.row, this.item.part, this.item.key);
    draw(this.canvas, where);
    this.canvas.hidden = false;
    this._fit();
    this.look.setAttribute("aria-pressed", "true");
  }

  // The overlay covers the picture as it is drawn, not the empty stage beside it.
  _fit() {
    const { clientWidth: width, clientHeight: height, naturalWidth, naturalHeight } = this.picture;
    const scale = Math.min(width / (naturalWidth || width), height / (naturalHeight || height));
    const [w, hgt] = [naturalWidth * scale, naturalHeight * scale];
    Object.assign(this.canvas.style, { width: `${w}px`, height: `${hgt}px`, left: `${(width - w) / 2}px`, top: `${(height - hgt) / 2}px` });
  }

  hideWhere() {
    this.canvas.hidden = true;
    this.look.setAttribute("aria-pressed", "false");
  }

  _facts(view, item) {
    const label = view.labels.get(item.label);
    const parts = [];
    if (label) {
      const value = view.valueOf(item.row, item.label);
      parts.push(h("p", { class: "headline" }, h("strong", {}, label.name), item.kind ? explained(item.kind, MEANING[item.kind]) : null, h("span", {}, "annotated ", h("b", {}, `${view.states[value.state]} ${value.state}`), value.verified ? h("em", {}, " verified") : null),
        item.probability === null ? null : h("span", {}, "predicted ", h("b", {}, probabilityInWords(item.probability))),
        item.aum === null ? null : h("span", {}, explained("AUM", MEANING.AUM), " ", h("b", {}, signedText(item.aum)))));
    }
    if (item.label === PLACE) parts.push(h("p", { class: "headline" }, h("strong", {}, item.title), h("span", {}, placeText(view.valueOf(item.row, PLACE).state)), item.measure ? h("span", {}, item.measure) : null));
    if (item.cause) parts.push(this._cause(view, item));
    if (item.evidence) parts.push(h("p", { class: "evidence" }, item.evidence));
    const conflict = item.label === null ? null : view.conflictOf(item.row, item.label);
    if (conflict) parts.push(h("p", { class: "conflict" }, conflict.message));
    this.strips = this._strips(view, item, label);
    if (this.strips) parts.push(this.strips);
    this.body.replaceChildren(...parts);
  }

  _cause(view, item) {
    const cause = view.causes.get(item.cause);
    const second = view.causes.get(item.second);
    const digits = [...view.keymap.causeOf.keys()];
    const choice = h("select", { "aria-label": "Move to another cause", title: digits.length ? `Move to another cause (keys ${digits[0]}–${digits.at(-1)})` : "Move to another cause", onchange: (event) => this.actions.run({ name: "verdict", cause: event.target.value }) },
      [...view.causes.values()].map((one, i) => h("option", { value: one.word, selected: one.word === item.cause }, digits[i] ? `${one.mark} ${one.word}  (${digits[i]})` : `${one.mark} ${one.word}`)));
    const moved = item.machineCause && item.machineCause !== item.cause;
    return h("div", { class: "cause", style: { "--cause": cause.colour } }, choice,
      moved ? h("span", { class: "sure" }, `moved by a person; was ${item.machineCause}`) : item.cause === "unknown" ? h("span", { class: "sure" }, undecided(item)) : h("span", { class: "sure" }, explained("confidence", MEANING.confidence), ` ${percentText(item.confidence)}`),
      item.moved ? h("span", { class: "sure earlier" }, `${item.moved.author === view.author ? "you" : item.moved.author} moved this to ${item.moved.cause} in run ${item.moved.run}`) : null,
      second && !moved && item.cause !== "unknown" ? h("span", { class: "second" }, "or ", h("span", { style: { color: second.colour } }, second.mark), ` ${second.word}${item.secondConfidence === null ? "" : ` ${percentText(item.secondConfidence)}`}`) : null);
  }

  _strips(view, item, label) {
    const strips = STRIPS.map(([name, title, meaning]) => [title(label?.name ?? ""), item.neighbours?.[name] ?? [], meaning]).filter(([, rows]) => rows.length);
    const doubt = item.doubts ? button(item.cause === "mislabel" ? `${plural(item.doubts, "training image shares", "training images share")} this doubt →` : `${plural(item.doubts, "similar training image")} →`, () => this.actions.openDoubt(item), { class: "doubt" }) : null;
    if (!strips.length && !doubt) return null;
    return h("div", { class: "strips" }, strips.map(([title, rows, meaning]) => h("div", { class: "strip" }, h("span", { class: "title", title: meaning ?? title }, title),
      h("div", { class: "row" }, rows.slice(0, 5).map((row) => {
        const url = view.thumbnail(row);
        return button(url ? [h("img", { src: url, alt: "" })] : [], () => this.peek(row, title, true), { onmouseenter: () => this.peek(row, title, false), onmouseleave: () => this.unhover(), "data-row": row, "aria-pressed": "false", "aria-label": `Look at picture ${row}, ${title}`, class: url ? "" : "loading" });
      })))), doubt);
  }

  // Thumbnails that arrive after the inspector was drawn.
  fill(rows) {
    if (!this.item) return;
    const arrived = new Set(rows);
    this.strips?.querySelectorAll("button.loading").forEach((b) => {
      const url = arrived.has(Number(b.dataset.row)) && this.view.thumbnail(Number(b.dataset.row));
      if (url) { b.classList.remove("loading"); b.append(h("img", { src: url, alt: "" })); }
    });
    if (arrived.has(this.row) && !this.picture.getAttribute("src")) this.picture.src = this.view.thumbnail(this.row);
  }

  _labels(view, item) {
    const wanted = this.wanted.value.trim().toLowerCase();
    const all = [...view.labels.values()];
    const shown = all.filter((label) => !wanted || label.name.toLowerCase().includes(wanted));
    const chips = shown.map((label) => this._label(view, item, label));
    const many = all.length > MANY_LABELS;
    const title = h("div", { class: "title" }, many ? "labels of this picture" : "labels", many ? this.wanted : null);
    const focused = this.wanted.getRootNode().activeElement === this.wanted;
    // The field to find a label takes a line; a word alone stands before the labels and takes none.
    const group = { class: "chips", role: "group", "aria-label": "Labels of this picture" };
    this.labels.replaceChildren(...(many ? [title, h("div", group, chips)] : [h("div", group, title, chips)]));
    if (focused) this.wanted.focus();
  }

  _label(view, item, label) {
    const value = view.valueOf(item.row, label.id);
    const key = [...view.keymap.labelOf].find(([, id]) => id === label.id)?.[0];
    const words = `${label.name}: ${value.state}${value.verified ? ", verified" : ""}. ${key ? `Key ${key.toUpperCase()}: ` : "Click: "}present or absent; with Shift: unknown.`;
    const described = isDescribed(label);
    const [tell, hush] = [() => this.meaning.show(label), () => this.meaning.hide()];
    return button([h("span", { class: "state" }, view.states[value.state]), h("span", { class: "text" }, label.name), key ? h("kbd", {}, key.toUpperCase()) : null],
      (event) => this.actions.run({ name: event.shiftKey ? "unknown" : "toggle", label: label.id }),
      { class: `label ${value.state}${value.verified ? " verified" : ""}${label.id === item.label ? " own" : ""}`, "aria-label": described ? `${words} ${meaningText(label)}` : words, title: described ? null : words, onmouseenter: tell, onfocus: tell, onmouseleave: hush, onblur: hush });
  }

  _decide(view, item) {
    const label = view.labels.get(item.label);
    const count = view.acted;
    const parts = [];
    if (count > 1) parts.push(h("p", { class: "many" }, `Keys act on ${plural(count, "selected picture")}.`));
    const place = view.valueOf(item.row, PLACE).state;
    const out = view.keymap.letters.has("x") ? "X" : "Delete";
    const twice = count === 1 && item.label === PLACE && item.suggested === turned(place, true) && !isOut(place); // both keys leave it out
    const act = (command, text, key, extra = {}) => button([kbd(...[key].flat()), ` ${text}`], () => this.actions.run(command), extra);
    if (label) {
      const key = [...view.keymap.labelOf].find(([, id]) => id === label.id)?.[0];
      const changes = item.suggested !== view.valueOf(item.row, item.label).state;
      // Nothing is pressed upon the reader where no cause convinces.
      const look = `accept${changes ? " changes" : ""}${item.cause === "unknown" ? "" : " main"}`;
      const many = count > 1;
      const accept = many ? "accept the suggestions" : suggestionText(item.suggested, label.name);
      if (view.hasSuggestions && (changes || many)) parts.push(act({ name: "accept" }, accept, keyName("Enter"), { class: look, disabled: !item.suggested && !many }));
      if (view.hasSuggestions && !changes && !many) parts.push(act({ name: "accept" }, "keep", [keyName("Enter"), keyName("Backspace")], { class: look }));
      else parts.push(act({ name: "keep" }, "keep", keyName("Backspace")));
      parts.push(act({ name: "unknown", label: label.id }, "unknown", key ? `⇧${key.toUpperCase()}` : "⇧"));
    }
    if (item.label === PLACE) {
      const many = count > 1;
      const changes = item.suggested && item.suggested !== place;
      const keys = twice ? [keyName("Enter"), out] : keyName("Enter");
      if (changes || many) parts.push(act({ name: "accept" }, many ? "accept the suggestions" : placeVerb(item.suggested, place), keys, { class: "accept changes main" }));
      parts.push(act({ name: "keep" }, "keep", keyName("Backspace")));
    }
    if ((item.label === PLACE && !twice) || isOut(place)) parts.push(act({ name: "leaveOut" }, isOut(place) ? "take back" : "leave out", out));
    parts.push(act({ name: "undo" }, "undo", view.keymap.letters.has("z") ? "Z" : "Ctrl+Z", { disabled: !view.canUndo }));
    this.foot.replaceChildren(...parts);
  }
}
