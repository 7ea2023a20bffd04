// Everything that tiles, inspector and bars need to draw, read from the gallery as it stands.

import { actedOn } from "./selection.mjs";

export function viewOf(gallery) {
  const { list, corrections } = gallery;
  return {
    items: list.items, selection: list.selection, hasSuggestions: list.hasSuggestions, acted: actedOn(list.selection, list.items.length).length,
    labels: gallery.labels, causes: gallery.causes, states: gallery.data.states, keymap: gallery.keymap,
    valueOf: corrections.valueOf, canUndo: corrections.canUndo,
    conflictOf: (row, label) => corrections.conflictOf(row, label),
    isPending: (row, label) => corrections.values.waits(row, label),
    isSaved: (row, label) => corrections.values.wasAnswered(row, label),
    thumbnail: (row) => gallery.thumbnails.get(row),
    noThumbnail: () => gallery.thumbnails.refused,
    image: (row) => gallery.server.image(gallery.data.dataset, row),
    author: corrections.queue.author, canLook: list.doubt === null,
  };
}

export function toolbarOf({ list, lists, corrections, advance, grid }) {
  return {
    title: list.headlineWith(list.items.filter((item) => corrections.reviewedHere(item)).length),
    back: lists.length > 1, canAll: list.doubt !== null && list.selection.chosen.size < list.items.length,
    pending: corrections.queue.pending.length, justSaved: corrections.everSaved, author: corrections.queue.author,
    advance, size: grid.size,
  };
}

export function noticesOf({ list, corrections, asking, hint }) {
  return {
    asking, hint, problem: corrections.queue.problem, pending: corrections.queue.pending.length,
    conflicts: corrections.conflicts, error: list.items.length ? list.error : "",
  };
}
