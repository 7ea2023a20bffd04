// What stands around the pictures: toolbar, what is pending, who is correcting, the map of keys, and what is said where there are none.

import { button, h, kbd } from "./elements.mjs";
import { LARGEST, SMALLEST } from "./layout.mjs";
import { keyHelp } from "./keymap.mjs";
import { labelMap } from "./meaning.mjs";
import { plural } from "./words.mjs";

export class Toolbar {
  constructor(actions) {
    this.back = button("← back", () => actions.run({ name: "escape" }), { class: "back", hidden: true });
    this.title = h("span", { class: "title", "aria-live": "polite" });
    this.all = button(["select all ", kbd("Ctrl", "A")], () => actions.run({ name: "selectAll" }), { class: "plain all" });
    this.saved = h("span", { class: "saving", role: "status", "aria-live": "polite" });
    this.author = button("", () => actions.askName(), { class: "plain author", title: "Change the name" });
    this.advance = h("input", { type: "checkbox", onchange: (event) => actions.setAdvance(event.target.checked) });
    this.size = h("input", { type: "range", min: SMALLEST, max: LARGEST, step: 4, "aria-label": "Size of the pictures", oninput: (event) => actions.setSize(Number(event.target.value)) });
    this.root = h("div", { class: "toolbar" }, this.back, this.title, this.all, h("span", { class: "gap" }), this.saved, this.author,
      h("label", { class: "advance", title: "After a decision, go to the next picture" }, this.advance, "auto-advance"),
      h("label", { class: "size" }, "size", this.size),
      button([kbd("?"), " keys"], () => actions.run({ name: "help" }), { class: "plain" }));
  }

  show({ title, back, canAll, pending, justSaved, author, advance, size }) {
    this.back.hidden = !back;
    if (this.title.textContent !== title) this.title.textContent = title;
    this.all.hidden = !canAll;
    const words = pending ? (author ? `${pending} on the way…` : `${pending} not saved yet`) : justSaved ? "✓ saved" : "";
    if (this.saved.textContent !== words) this.saved.textContent = words;
    this.saved.className = `saving ${pending ? "pending" : "done"}`;
    this.author.textContent = author ? `as ${author}` : "";
    this.author.hidden = !author;
    this.advance.checked = advance;
    this.size.value = String(size);
  }
}

export class Notices {
  constructor(actions) {
    this.actions = actions;
    this.root = h("div", { class: "notices" });
    // Over the pictures, not above them: a hint comes and goes with every key and must move nothing.
    this.hint = h("div", { class: "hint", role: "status", "aria-live": "polite", hidden: true });
    this.shown = "";
  }

  show({ asking, problem, pending, conflicts, hint, error }) {
    this.hint.hidden = !hint;
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    const sign = JSON.stringify([asking, problem, problem && pending, conflicts, error]);
    if (sign === this.shown) return;
    this.shown = sign;
    const parts = [];
    const held = this.form?.contains(this.form.getRootNode().activeElement);
    const appeared = asking && asking !== this.asked;
    if (appeared) this.form = this._name(asking);
    this.asked = asking;
    if (asking) parts.push(this.form);
    if (error) parts.push(h("div", { class: "notice bad", role: "alert" }, h("span", {}, error), button("Try again", () => this.actions.reload())));
    if (problem) {
      parts.push(h("div", { class: "notice bad", role: "alert" },
        h("span", {}, `${plural(pending, "change is", "changes are")} not saved yet: ${problem} ${pending === 1 ? "It is kept in this browser and sent again by itself" : "They are kept in this browser and sent again by themselves"}.`), button("Send now", () => this.actions.retry())));
    }
    conflicts.forEach((one) => parts.push(this._conflict(one)));
    this.root.replaceChildren(...parts);
    // Never by itself: a key that comes after the first decision is the next one, and no letter of a name.
    if (asking && held) this.focusName();
  }

  focusName() {
    this.form?.querySelector("input").focus();
  }

  _conflict(one) {
    return h("div", { class: "notice warn", role: "alert" },
      h("span", {}, one.message, " ", one.cells.slice(0, 3).map((cell) => h("span", { class: "both" }, `${cell.name}: you wanted ${cell.mine}, it is ${cell.theirs} now. `))),
      one.cells.length ? button("Show", () => this.actions.showConflict(one)) : null,
      one.cells.length ? button("Set mine all the same", () => this.actions.insist(one)) : null,
      button("Leave theirs", () => this.actions.dismiss(one)));
  }

  _name(current) {
    const field = h("input", { type: "text", name: "author", maxlength: "60", required: true, autocomplete: "name", value: current === true ? "" : current, "aria-label": "Your name" });
    const form = h("form", { class: "notice ask", onsubmit: (event) => { event.preventDefault(); if (field.value.trim()) this.actions.setName(field.value.trim()); } },
      h("label", {}, "Who is correcting? What you decide waits here for a name. ", kbd("F2"), " ", field), h("button", { type: "submit", class: "main" }, "Save"));
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") this.actions.setName(null); });
    return form;
  }
}

// In place of the pictures: why there are none, and the way out where that is a fault.
export class Empty {
  constructor(actions) {
    this.actions = actions;
    this.root = h("div", { class: "empty", hidden: true });
  }

  show(bare, error, sentence) {
    this.root.hidden = !bare;
    if (!bare) return;
    const again = error ? button("Try again", () => this.actions.reload(), { class: "main" }) : null;
    this.root.replaceChildren(h("p", error ? { role: "alert" } : {}, error || sentence), ...(again ? [again] : []));
  }
}

export class Help {
  constructor() {
    this.list = h("dl", {});
    this.meanings = h("dl", { class: "meanings" });
    this.root = h("dialog", { class: "help", "aria-label": "Map of keys" }, h("h3", {}, "Keys"), this.list, h("h3", {}, "Labels"), this.meanings, button("Close", () => this.root.close(), { class: "main" }));
    this.root.addEventListener("click", (event) => { if (event.target === this.root) this.root.close(); });
    // The key that opened the map closes it, too; all others wait behind it.
    this.root.addEventListener("keydown", (event) => { if (event.key === "?") this.root.close(); });
  }

  toggle(keymap, canAccept, labels) {
    if (this.root.open) return this.root.close();
    this.list.replaceChildren(...keyHelp(keymap, canAccept).map(([keys, text]) => h("div", {}, h("dt", {}, kbd(...keys)), h("dd", {}, text))));
    this.meanings.replaceChildren(...labelMap(labels, keymap));
    this.root.showModal();
    this.root.scrollTop = 0; // the button at its end has the focus
    return undefined;
  }
}
