// What the mouse can do in the gallery: the same as the keys, and the few settings that only have a control.

import { setHabit } from "./memory.mjs";

export function actionsOf(gallery) {
  return {
    run: (command) => { gallery.run(command); gallery.grid.frame.focus({ preventScroll: true }); },
    setSize: (size) => { gallery.size = size; setHabit("size", size); gallery.resize(); },
    setAdvance: (on) => { gallery.advance = on; setHabit("advance", on ? "on" : "off"); },
    setName: (name) => gallery.setName(name),
    askName: () => gallery.askName(),
    retry: () => gallery.corrections.queue.retry(),
    reload: () => { gallery.list.error = ""; gallery.list.more(); },
    dismiss: (conflict) => gallery.corrections.dismiss(conflict),
    insist: (conflict) => gallery.corrections.insist(conflict),
    showConflict: (conflict) => gallery.goToRow(conflict.cells[0].row),
    openDoubt: (item) => gallery.openDoubt(item),
    toggleWhere: () => { gallery.pinned = !gallery.pinned; if (gallery.pinned) gallery.look(); else gallery.inspector.hideWhere(); },
  };
}
