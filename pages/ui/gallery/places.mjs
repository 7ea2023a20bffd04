// Where an image is: a cell of its own beside those of the labels, so that it is changed, undone and refused like them.

export const PLACE = 0; // in place of a label's number, which begin at 1
export const NOUNS = { train: "training", val: "validation", test: "test" };
const OUT = " out";

export function placeWord(part, leftOut) {
  return leftOut ? part + OUT : part;
}

export function isOut(place) {
  return place.endsWith(OUT);
}

export function partOf(place) {
  return isOut(place) ? place.slice(0, -OUT.length) : place;
}

// The same image left out, or taken back.
export function turned(place, out) {
  return placeWord(partOf(place), out);
}

// "left out", "in training": what holds now.
export function placeText(place) {
  return isOut(place) ? "left out" : `in ${NOUNS[place] ?? place}`;
}

// "leave out", "move to training": what a change does, as a verb.
export function placeVerb(place, now) {
  if (place === now) return "keep";
  if (isOut(place)) return "leave out";
  return isOut(now) && partOf(now) === place ? "take back" : `move to ${NOUNS[place] ?? place}`;
}
