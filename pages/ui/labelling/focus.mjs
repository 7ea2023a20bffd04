// The keyboard begins in the first field of a dialog; once somebody has said who they are, in the one after that.

const FIELDS = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([disabled]), textarea:not([disabled])";
const PATIENCE_MS = 1500; // a dialog draws its fields one after the other

// The field to go to; null while the reader is in one already, or at a button or tick of the dialog.
export function wanted(dialog, active, done) {
  const inside = active && active !== dialog && dialog.contains(active);
  const close = inside && active.getAttribute("aria-label") === "Close"; // where a dialog itself begins
  const said = inside && active.getAttribute("aria-label") === done;
  if (inside && !close && !said) return null;
  return [...dialog.querySelectorAll(FIELDS)].find((field) => field.getAttribute("aria-label") !== done) ?? null;
}

function begin(host, done, until = Date.now() + PATIENCE_MS) {
  const dialog = host.closest("[role=dialog]");
  if (!host.isConnected || !dialog) return;
  const field = wanted(dialog, document.activeElement, done);
  if (field) {
    field.focus();
    field.select();
  } else if (!dialog.querySelector(FIELDS) && Date.now() < until) {
    setTimeout(() => begin(host, done, until), 50);
  }
}

const begun = new WeakMap(); // parentElement -> the field that was done with when it began

export default function ({ parentElement, data }) {
  const root = parentElement.getRootNode();
  const host = root instanceof ShadowRoot ? root.host : parentElement;
  if (begun.get(parentElement) !== data.done) {
    begun.set(parentElement, data.done);
    setTimeout(() => begin(host, data.done), 0); // once the dialog, too, is in the page
  }
}
