// The points that are drawn, and which of them is nearest to a place.

import { bytes } from "./api.js";

// Beyond so many only a sample is drawn at once, and how dense they all lie.
const MOST = 200_000;
const SAMPLE = 60_000, SMALLEST = 8_000;
const CELLS = 256;
// A window is fetched with a margin, so that moving a little needs no more points.
const MARGIN = 0.25;

export class Points {
  constructor(n) {
    this.n = n;
    /** How many are drawn at most: fewer on a machine that draws slowly. */
    this.budget = n > MOST ? SAMPLE : n;
    this.which = new Uint32Array(0);
    this.places = new Float32Array(0);
    this.total = 0;
    this.box = null;
  }

  /** Whether there are too many to be drawn all at once. */
  get sampled() { return this.n > this.budget; }

  /** Whether every point of the window is drawn. */
  get whole() { return this.which.length === this.total; }

  /** Load what a window needs; says whether anything is new. */
  async load(view, signal) {
    if (!this.sampled) {
      if (this.which.length) return false;
      this.take(await bytes("points", signal), null);
      return true;
    }
    if (this.box && inside(view, this.box) && (this.whole || !nearer(view, this.box))) return false;
    const box = widened(view);
    this.take(await bytes(`points?${query(box)}&most=${this.budget}`, signal), box);
    return true;
  }

  /** How many of the points drawn lie in a window. */
  within({ x0, x1, y0, y1 }) {
    const { places } = this;
    let n = 0;
    for (let i = 0; i < places.length; i += 2) {
      if (places[i] >= x0 && places[i] <= x1 && places[i + 1] >= y0 && places[i + 1] <= y1) n++;
    }
    return n;
  }

  /** Draw fewer from now on; says whether that can be. */
  thin() {
    if (Math.min(this.n, this.budget) <= SMALLEST) return false;
    this.budget = Math.max(SMALLEST, this.budget >> 1);
    this.which = new Uint32Array(0);
    this.box = null;
    return true;
  }

  take({ buffer, total }, box) {
    const m = buffer.byteLength / 12;
    this.which = new Uint32Array(buffer, 0, m);
    this.places = new Float32Array(buffer, 4 * m, 2 * m);
    this.total = total;
    this.box = box;
    this.sort();
  }

  /** Points by the cell of a grid that they lie in. */
  sort() {
    const { places } = this, m = this.which.length;
    const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    for (let i = 0; i < 2 * m; i++) {
      const value = places[i];
      if (value < low[i & 1]) low[i & 1] = value;
      if (value > high[i & 1]) high[i & 1] = value;
    }
    this.low = low;
    this.step = [0, 1].map((axis) => ((high[axis] - low[axis]) || 1) / CELLS);
    const first = new Uint32Array(CELLS * CELLS + 1), cell = new Uint32Array(m);
    for (let i = 0; i < m; i++) {
      cell[i] = this.cell(1, places[2 * i + 1]) * CELLS + this.cell(0, places[2 * i]);
      first[cell[i] + 1]++;
    }
    for (let c = 0; c < CELLS * CELLS; c++) first[c + 1] += first[c];
    const next = first.slice(), order = new Uint32Array(m);
    for (let i = 0; i < m; i++) order[next[cell[i]]++] = i;
    this.first = first;
    this.order = order;
  }

  cell(axis, value) {
    return Math.max(0, Math.min(CELLS - 1, Math.floor((value - this.low[axis]) / this.step[axis])));
  }

  /** The item nearest to a place, with its own place; null where none is within reach. */
  nearest(x, y, reach = null) {
    if (!this.which.length) return null;
    if (reach === null) {
      // Cells are searched ever farther out, until one holds a point.
      for (let wide = Math.max(...this.step); wide < 4 * CELLS * Math.max(...this.step); wide *= 2) {
        const found = this.nearest(x, y, wide);
        if (found) return found;
      }
      return null;
    }
    let best = -1, least = reach * reach;
    const [left, right] = [this.cell(0, x - reach), this.cell(0, x + reach)];
    for (let row = this.cell(1, y - reach); row <= this.cell(1, y + reach); row++) {
      for (let i = this.first[row * CELLS + left]; i < this.first[row * CELLS + right + 1]; i++) {
        const point = this.order[i];
        const far = (this.places[2 * point] - x) ** 2 + (this.places[2 * point + 1] - y) ** 2;
        if (far < least) { least = far; best = point; }
      }
    }
    if (best < 0) return null;
    return { item: this.which[best], place: [this.places[2 * best], this.places[2 * best + 1]] };
  }
}

export const query = (box) => ["x0", "x1", "y0", "y1"].map((end) => `${end}=${box[end]}`).join("&");

const inside = (a, b) => a.x0 >= b.x0 && a.x1 <= b.x1 && a.y0 >= b.y0 && a.y1 <= b.y1;

/** Whether a window is so much smaller than what was loaded that more points can be drawn. */
const nearer = (view, box) => (view.x1 - view.x0) * (1 + 2 * MARGIN) < 0.7 * (box.x1 - box.x0);

function widened({ x0, x1, y0, y1 }) {
  const dx = MARGIN * (x1 - x0), dy = MARGIN * (y1 - y0);
  return { x0: x0 - dx, x1: x1 + dx, y0: y0 - dy, y1: y1 + dy };
}
