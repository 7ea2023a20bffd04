// The gallery itself: one object a mounted component, which keeps its place when Python sends new data.

import { Gallery } from "./gallery.mjs";
import { Leaving, watchLeaving } from "./leaving.mjs";

const living = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  let gallery = living.get(parentElement);
  if (!gallery) {
    gallery = new Gallery(parentElement);
    gallery.leaving = new Leaving();
    gallery.unwatch = watchLeaving(gallery.leaving, gallery.root);
    living.set(parentElement, gallery);
  }
  gallery.update(data, (name, value) => gallery.leaving.say(() => setTriggerValue(name, value)));
  return () => {
    // Streamlit may call this for a run that another one has overtaken: the element tells whether it is over.
    setTimeout(() => {
      if (gallery.root.isConnected) return;
      gallery.unwatch();
      gallery.destroy();
      living.delete(parentElement);
    }, 0);
  };
}
