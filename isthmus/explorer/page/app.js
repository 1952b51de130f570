// The beginning: the run is asked for, and the buttons and keys are given their work.

import { get, listen, Silent } from "./api.js";
import { at } from "./dom.js";
import { Explorer } from "./explorer.js";
import { listenToKeys } from "./keys.js";
import { beginTheme } from "./theme.js";

let explorer = null;

const turn = beginTheme(() => explorer?.recolour());

function alarm(text) {
  at("alarm").hidden = !text;
  at("alarm").querySelector("span").textContent = text;
}

const SILENT = "The server does not answer. Is isthmus explore still running?";
listen((answered) => alarm(answered ? "" : SILENT));

async function begin() {
  at("waiting").classList.remove("failed");
  try {
    explorer = new Explorer(await get("run"));
    await explorer.begin();
    // For tests, and for whoever looks closer.
    window.isthmus = explorer;
    document.body.classList.add("ready");
  } catch (error) {
    at("waiting").classList.add("failed");
    at("waiting").querySelector("span").textContent = error.message;
    if (!(error instanceof Silent)) console.error(error);
  }
}

at("again").addEventListener("click", () => {
  if (document.body.classList.contains("ready")) get("run").catch(() => {});
  else begin();
});

// A ring round the map is for those who came by the keyboard.
addEventListener("pointerdown", () => document.body.classList.add("by-mouse"));
addEventListener("keydown", () => document.body.classList.remove("by-mouse"));

const on = (id, act) => at(id).addEventListener("click", () => explorer && act());
const acts = {
  move: () => explorer.mode(false),
  lasso: () => explorer.mode(true),
  nearer: () => explorer.map.zoom(1.5),
  farther: () => explorer.map.zoom(1 / 1.5),
  whole: () => explorer.map.goHome(),
};
for (const [id, act] of Object.entries(acts)) on(id, act);
at("theme").addEventListener("click", turn);
at("help").addEventListener("click", () => at("keys").showModal());

const ready = (act) => (event) => explorer && act(event);
listenToKeys([
  [["ArrowLeft"], "Cursor to the left; with Shift farther", ready((event) => explorer.step(-1, 0, event))],
  [["ArrowRight"], "Cursor to the right", ready((event) => explorer.step(1, 0, event))],
  [["ArrowUp"], "Cursor up", ready((event) => explorer.step(0, -1, event))],
  [["ArrowDown"], "Cursor down", ready((event) => explorer.step(0, 1, event))],
  [["Enter", " "], "Click at the cursor: two items give the way between them", ready(() => explorer.clickCursor())],
  [["+", "="], "Nearer", ready(acts.nearer)],
  [["-", "_"], "Farther", ready(acts.farther)],
  [["0"], "The whole map", ready(acts.whole)],
  [["m"], "Drag to move", ready(acts.move)],
  [["l"], "Draw round items", ready(acts.lasso)],
  [["v"], "Choose all in view", ready(() => explorer.chooseView())],
  [["c"], "Colour by the next; with Shift by the one before", ready((event) => explorer.colours.next(event.shiftKey ? -1 : 1))],
  [["p"], "Play the sound", ready(() => explorer.play())],
  [["d"], "Dark or light", turn],
  [["Escape"], "Let go: cursor, choice, path", ready(() => explorer.escape())],
  [["?"], "These keys", () => at("keys").showModal()],
]);

begin();
