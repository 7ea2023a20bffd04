// A list of pictures that grows page by page: errors, suspects, any images, or training images that share a doubt.

import { plural } from "./words.mjs";
import { emptySelection } from "./selection.mjs";

const PAGE = 120;
const LONGEST_PAGE = 500;

export class PictureList {
  // fetchPage(after, limit) resolves to {items, next}.
  constructor({ title, fetchPage, paged, onChange, onItems, total = null, doubt = null, noun = "picture", told = [], hasSuggestions }) {
    Object.assign(this, { title, fetchPage, paged, onChange, onItems, total, doubt, noun, told, hasSuggestions });
    this.items = [];
    this.selection = emptySelection();
    this.next = null;
    this.loading = false;
    this.complete = false;
    this.error = "";
    this.scrollTop = 0;
  }

  // "769 errors · 3 reviewed just now · 12 selected"; as long as the end is not loaded, the count that Python gave, else what is there so far.
  headlineWith(reviewed) {
    const { length } = this.items;
    const chosen = this.selection.chosen.size;
    const open = !this.complete && this.total === null ? " so far" : "";
    const count = this.complete ? length : Math.max(length, this.total ?? 0);
    const what = this.doubt ? `${plural(length, "training image")} ${this.title}` : length || this.complete ? plural(count, this.noun) + open : "loading…";
    const told = [what, ...this.told, reviewed ? `${reviewed.toLocaleString("en")} reviewed just now` : ""].filter(Boolean).join(", ");
    return chosen ? `${told} · ${chosen} selected` : told;
  }

  async more(least = 0) {
    if (this.loading || this.complete || this.error) return;
    this.loading = true;
    this.onChange(this);
    try {
      const { items, next } = await this.fetchPage(this.next, Math.min(LONGEST_PAGE, Math.max(PAGE, least)));
      const fresh = items.map(asItem);
      this.onItems(items, fresh);
      this.items.push(...fresh);
      this.next = next ?? null;
      this.complete = !this.paged || this.next === null;
    } catch (error) {
      this.error = error.message;
    }
    this.loading = false;
    this.onChange(this);
  }
}

export function asItem(sent) {
  return {
    id: sent.id ?? null,
    finding: sent.finding ?? null,
    row: sent.row,
    part: sent.part,
    key: sent.key,
    label: sent.label ?? null,
    kind: sent.kind ?? null,
    probability: sent.probability ?? null,
    aum: sent.aum ?? null,
    cause: sent.cause ?? null,
    sentCause: sent.cause ?? null,
    bar: sent.bar ?? null,
    moved: sent.moved ?? null,
    threshold: sent.threshold ?? null,
    machineCause: sent.machine_cause ?? null,
    confidence: sent.confidence ?? null,
    second: sent.second ?? null,
    secondConfidence: sent.second ? (sent.shares?.[sent.second] ?? null) : null,
    suggested: sent.suggested ?? null,
    evidence: sent.evidence ?? "",
    neighbours: sent.neighbours ?? {},
    doubts: sent.doubts ?? 0,
    title: sent.title ?? "",
    measure: sent.measure ?? "",
    group: sent.group ?? null,
  };
}
