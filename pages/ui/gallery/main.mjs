// The gallery itself: one object a mounted component, which keeps its place when Python sends new data.

import { Gallery } from "./gallery.mjs";

const living = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  let gallery = living.get(parentElement);
  if (!gallery) {
    gallery = new Gallery(parentElement);
    living.set(parentElement, gallery);
  }
  gallery.update(data, setTriggerValue);
  return () => {
    // Streamlit may call this for a run that another one has overtaken: the element tells whether it is over.
    setTimeout(() => {
      if (gallery.root.isConnected) return;
      gallery.destroy();
      living.delete(parentElement);
    }, 0);
  };
}
