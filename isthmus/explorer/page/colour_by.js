// What the map is coloured by: chosen from a list, fetched when it is there, shown in the legend.

import { bytesWhenDone, getWhenDone } from "./api.js";
import { Colouring } from "./colours.js";
import { at, make } from "./dom.js";
import { showLegend, showProgress, showTrouble } from "./legend.js";

const GROUPS = { items: "Items", fit: "The fit", columns: "Columns" };
// Without a wish the first of these that there is.
const FIRST = ["label", "kind", "told", "error"];
// Milliseconds until it is said that something is computed.
const SOON = 150;
const NONE = 65535;

export class ColourBy {
  /** `paint` draws the points anew; `changed` hears the key of another colouring. */
  constructor(run, { paint, changed }) {
    Object.assign(this, { run, paint, changed, key: null, colouring: null });
    const groups = Object.entries(GROUPS).map(([group, name]) => {
      const own = run.colourings.filter((each) => each.group === group);
      const options = own.map((each) => make("option", { value: each.key }, each.name));
      return own.length ? make("optgroup", { label: name }, ...options) : null;
    });
    at("by").replaceChildren(...groups.filter(Boolean));
    at("by").onchange = () => this.choose(at("by").value);
  }

  get keys() { return this.run.colourings.map((each) => each.key); }

  /** The key that was asked for, or where there is no such thing the likeliest wish. */
  known(key) { return [key, ...FIRST].find((each) => this.keys.includes(each)) ?? this.keys[0]; }

  /** Colour by something; with `only` a word leaves all others pale. */
  async choose(key, only = null) {
    const name = this.run.colourings.find((each) => each.key === key)?.name ?? key;
    at("by").value = key;
    this.flight?.abort();
    this.flight = new AbortController();
    const { signal } = this.flight, path = `colour/${encodeURIComponent(key)}`;
    const late = setTimeout(() => showProgress(name, 0), SOON);
    const told = (share) => { clearTimeout(late); showProgress(name, share); };
    try {
      // Grey until colours are there: the map is not kept waiting.
      if (!this.colouring) await this.paint(this.grey());
      const legend = await getWhenDone(path, told, signal);
      const buffer = await bytesWhenDone(path + "/values", told, signal);
      const values = legend.kind === "words" ? new Uint16Array(buffer) : new Float32Array(buffer);
      const colouring = new Colouring(legend, values, this.run.ramp);
      if (legend.kind === "words" && only !== null && only < legend.words.length) colouring.only = only;
      Object.assign(this, { key, colouring });
      clearTimeout(late);
      await this.show();
      this.changed(key);
    } catch (error) {
      clearTimeout(late);
      if (error.name !== "AbortError") showTrouble(error.message);
    }
  }

  grey() {
    const legend = { kind: "words", words: [], none: this.run.n };
    return new Colouring(legend, new Uint16Array(this.run.n).fill(NONE), this.run.ramp);
  }

  /** Draw legend and points; also when the colours of the page have changed. */
  async show() {
    if (!this.colouring) return;
    showLegend(this.colouring, (word) => this.lookAtOnly(word));
    await this.paint(this.colouring);
  }

  get only() { return this.colouring?.only ?? null; }

  lookAtOnly(word) {
    this.colouring.only = word;
    this.changed(null);
    return this.show();
  }

  next(step) {
    const { keys } = this;
    return this.choose(keys[(keys.indexOf(at("by").value) + step + keys.length) % keys.length]);
  }

  /** The words that the legend has. */
  get words() {
    const { legend } = this.colouring ?? {};
    return legend?.kind === "words" ? legend.words.map((word) => word.name) : [];
  }
}
