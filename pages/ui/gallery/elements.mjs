// Making elements: text is always text, so a label named <b> stays a label.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([key, text]) => element.style.setProperty(key, text));
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function kbd(...keys) {
  return h("span", { class: "keys", "aria-hidden": "true" }, keys.map((key) => h("kbd", {}, key)));
}

// A button that keeps the focus on the grid when it is used with the mouse.
export function button(label, action, attributes = {}) {
  const inner = Array.isArray(label) ? label : [label];
  return h("button", { type: "button", onclick: action, onmousedown: (event) => event.preventDefault(), ...attributes }, inner);
}
