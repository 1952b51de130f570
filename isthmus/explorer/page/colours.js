// From words and numbers to colours: the report's palette, and its ramp.

import { isDark } from "./theme.js";

const NONE = 65535;
export const SHAPES = { s0: "circle", s1: "triangle-up", s2: "square" };

export const css = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colour of a kind such as "c3 s1". */
export const colourOf = (kind) => css("--" + kind.split(" ")[0].replace(/^c-/, ""));

/** Stops of the ramp that stand out from the paper: neither the palest on light nor the darkest on dark. */
const DIM_STOPS = 4, PALE_STOPS = 2;
export const readable = (ramp) => (isDark() ? ramp.slice(DIM_STOPS) : ramp.slice(0, -PALE_STOPS));

/** What points look like by one colouring. */
export class Colouring {
  constructor(legend, values, ramp) {
    this.legend = legend;
    this.values = values;
    this.all = ramp;
    this.only = null;
  }

  get ramp() { return this.stops ??= readable(this.all); }

  /** Colours by number, and of each kind its number. */
  palette() {
    this.stops = readable(this.all);
    if (this.legend.kind === "numbers") return [...this.ramp, css("--rest")];
    const kinds = this.legend.words.map((word) => word.kind);
    const names = [...new Set(kinds.map((kind) => kind.split(" ")[0]))];
    if (!names.includes("c-rest")) names.push("c-rest");
    this.numbers = kinds.map((kind) => names.indexOf(kind.split(" ")[0]));
    this.shapes = kinds.map((kind) => kind.split(" ")[1]);
    this.rest = names.indexOf("c-rest");
    const colours = names.map(colourOf);
    // A word without a colour of its own gets one while only it is looked at.
    if (this.only !== null) colours[this.rest] = css("--ae");
    return colours;
  }

  /** Colour number and shape of an item; null where only others are looked at. */
  of(item) {
    const value = this.values[item];
    if (this.legend.kind === "numbers") {
      if (!Number.isFinite(value)) return [this.ramp.length, "s0"];
      const { low, high } = this.legend;
      const share = (value - low) / ((high - low) || 1);
      return [Math.max(0, Math.min(this.ramp.length - 1, Math.floor(share * this.ramp.length))), "s0"];
    }
    if (this.only !== null && value !== this.only) return null;
    if (value === NONE) return [this.rest, "s0"];
    return [this.numbers[value], this.shapes[value]];
  }

  /** The word or number of an item, in words. */
  text(item) {
    const value = this.values[item];
    if (this.legend.kind === "numbers") return Number.isFinite(value) ? value : null;
    return value === NONE ? null : this.legend.words[value].name;
  }
}
