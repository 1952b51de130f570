// The keyboard. One table says what each key does, and what the list of keys shows.

import { at, make } from "./dom.js";

/** Listens to keys; `table` has rows of [keys, words, act]. */
export function listenToKeys(table) {
  const acts = new Map(table.flatMap(([keys, , act]) => keys.map((key) => [key, act])));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, audio, dialog")) return;
    const onMap = event.target === at("ground") || event.target === document.body;
    const button = event.target.closest("button");
    if (button && ["Enter", " "].includes(event.key)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = acts.get(key);
    if (!act || (key.startsWith("Arrow") && !onMap)) return;
    event.preventDefault();
    act(event);
  });
  const lines = table.map(([keys, words]) => [
    make("dt", {}, ...keys.filter((key) => key !== "=" && key !== "_").map((key) => make("kbd", {}, named(key)))), make("dd", {}, words)]);
  const dialog = at("keys");
  dialog.replaceChildren(make("h2", {}, "Keys"), make("dl", {}, ...lines.flat()),
    make("button", { onclick: () => dialog.close() }, "Close"));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space" };
const named = (key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key).replace("-", "−");
