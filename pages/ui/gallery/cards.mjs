// The causes as cards: how many errors each explains, how many were looked at; a click shows only those.

const rooms = new WeakMap();

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function card(one, chosen, choose) {
  const button = element("button", "card");
  button.type = "button";
  button.style.setProperty("--cause", one.colour);
  button.title = one.meaning;
  button.setAttribute("aria-pressed", String(one.word === chosen));
  const head = element("span", "head");
  head.append(element("span", "mark", one.mark), element("span", "word", one.word), element("span", "count", one.findings.toLocaleString("en")));
  const bar = element("span", "bar");
  const done = element("span", "done");
  done.style.inlineSize = `${one.findings ? (100 * one.reviewed) / one.findings : 0}%`;
  bar.append(done);
  const foot = element("span", "note");
  foot.append(element("span", "", one.note));
  if (one.worth) {
    const worth = element("span", "worth", one.worth);
    worth.title = one.worthMeaning;
    foot.append(worth);
  }
  button.append(head, bar, foot);
  button.addEventListener("click", () => choose(one.word === chosen ? "" : one.word));
  return button;
}

export default function mount({ data, parentElement, setTriggerValue }) {
  let room = rooms.get(parentElement);
  if (!room) {
    room = element("div", "cards");
    room.setAttribute("role", "group");
    room.setAttribute("aria-label", "Causes");
    parentElement.append(room);
    rooms.set(parentElement, room);
  }
  const focused = [...room.children].indexOf(room.getRootNode().activeElement);
  room.replaceChildren(...data.cards.map((one) => card(one, data.chosen, (word) => setTriggerValue("chosen", word || "all"))));
  if (focused >= 0) room.children[focused]?.focus();
}
