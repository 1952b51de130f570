// The map: plotly draws the points; where a place lies on the screen is known here.

import { css, SHAPES } from "./colours.js";

const SPACE = 0.07;
const SHOWN = 0.8, PALE = 0.16;
// How often the layers of all colours lie over each other.
const TIMES = 3;
const CLOSEST = 1e-4;

export class PointMap {
  /**
   * @param plot The element that plotly draws in.
   * @param bounds The ends of all places: {x: [low, high], y: [low, high]}.
   * @param moved Is called while the window moves, and with true when it has come to rest.
   * @param drawn Is called when points were drawn.
   */
  constructor(plot, bounds, moved, drawn) {
    this.plot = plot;
    this.bounds = bounds;
    Object.assign(this, { moved, drawn });
    this.traces = [];
    this.started = false;
    /** Whether the whole map is shown, whatever room there is. */
    this.isWhole = true;
    this.own = 0;
  }

  get width() { return this.plot.clientWidth; }
  get height() { return this.plot.clientHeight; }

  /** The window, in the units of the map. */
  get view() {
    const layout = this.plot._fullLayout;
    if (!this.started || !layout?.xaxis) return this.wanted ?? this.whole();
    const [x0, x1] = layout.xaxis.range, [y0, y1] = layout.yaxis.range;
    return { x0, x1, y0, y1 };
  }

  /** The window that holds all points, as wide for its height as the screen has room. */
  whole() {
    const { x, y } = this.bounds;
    const middle = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    const [wide, high] = [(x[1] - x[0]) || 1, (y[1] - y[0]) || 1];
    return this.around(middle[0], middle[1], Math.max(wide, high * (this.width / this.height)) * (1 + 2 * SPACE));
  }

  /** The window of a width round a place. */
  around(x, y, width) {
    const height = width * (this.height / this.width);
    return { x0: x - width / 2, x1: x + width / 2, y0: y - height / 2, y1: y + height / 2 };
  }

  /** How far a pixel is in the units of the map. */
  get pixel() { const view = this.view; return (view.x1 - view.x0) / this.width; }

  toPixel(x, y) {
    const view = this.view;
    return [
      ((x - view.x0) / (view.x1 - view.x0)) * this.width,
      ((view.y1 - y) / (view.y1 - view.y0)) * this.height,
    ];
  }

  toPlace(px, py) {
    const view = this.view;
    return [view.x0 + (px / this.width) * (view.x1 - view.x0), view.y1 - (py / this.height) * (view.y1 - view.y0)];
  }

  /** Draw points in their colours; those that `isDim` are pale, below the others. */
  async paint(points, colouring, isDim) {
    const palette = colouring.palette(), shapes = Object.keys(SHAPES), n = palette.length * shapes.length;
    const { which, places } = points, m = which.length;
    // A layer for each colour and shape, as plotly mixes no colours quickly; they come a few times
    // over each other, so that no word lies on top of all others. The pale ones are the first.
    const layer = new Uint16Array(m), sizes = new Uint32Array(1 + TIMES * n);
    for (let i = 0; i < m; i++) {
      const look = colouring.of(which[i]);
      const shown = look !== null && !isDim?.(places[2 * i], places[2 * i + 1], which[i]);
      if (shown) layer[i] = 1 + (i % TIMES) * n + look[0] * shapes.length + shapes.indexOf(look[1]);
      sizes[layer[i]]++;
    }
    const filled = Array.from(sizes, (size) => ({ x: new Float32Array(size), y: new Float32Array(size), n: 0 }));
    for (let i = 0; i < m; i++) {
      const into = filled[layer[i]];
      into.x[into.n] = places[2 * i];
      into.y[into.n++] = places[2 * i + 1];
    }
    this.size = sizeFor(points.within(this.view));
    this.traces = filled.flatMap(({ x, y, n: own }, i) => {
      if (!own) return [];
      const shape = shapes[(i - 1) % shapes.length] ?? shapes[0], pale = i === 0;
      const colour = pale ? css("--rest") : palette[Math.floor(((i - 1) % n) / shapes.length)];
      return [{
        type: "scattergl", mode: "markers", hoverinfo: "skip", showlegend: false, x, y,
        marker: {
          size: this.sizeOf(SHAPES[shape]), symbol: SHAPES[shape], line: { width: 0 },
          opacity: pale ? PALE : SHOWN, color: colour,
        },
      }];
    });
    await this.redraw();
  }

  /** As large as they are, triangles look smaller. */
  sizeOf(symbol) { return symbol === SHAPES.s1 ? this.size * 1.2 : this.size; }

  /** Make points as large as there is room for so many as are in view. */
  async fill(points) {
    const size = sizeFor(points.within(this.view));
    if (size === this.size || !this.traces.length) return;
    this.size = size;
    for (const { marker } of this.traces) marker.size = this.sizeOf(marker.symbol);
    await Plotly.restyle(this.plot, { "marker.size": this.traces.map(({ marker }) => marker.size) });
  }

  async redraw() {
    // The room may be another than at the last drawing.
    const { x0, x1, y0, y1 } = this.fitted(this.view);
    const layout = {
      width: this.width, height: this.height, margin: { l: 0, r: 0, t: 0, b: 0 }, hovermode: false, dragmode: "pan", showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { visible: false, range: [x0, x1] },
      yaxis: { visible: false, range: [y0, y1], scaleanchor: "x" },
    };
    const settings = { scrollZoom: true, displayModeBar: false, doubleClick: false, responsive: false };
    await Plotly.react(this.plot, this.traces, layout, settings);
    if (!this.started) {
      this.started = true;
      this.plot.on("plotly_relayouting", () => this.moved(false));
      this.plot.on("plotly_relayout", () => {
        // Moved by the mouse, which only plotly knows of.
        if (!this.own) this.isWhole = false;
        this.moved(true);
      });
    }
    this.drawn();
  }

  /** Show a window. */
  async go(view) {
    const widest = 8 * ((this.bounds.x[1] - this.bounds.x[0]) || 1);
    const width = view.x1 - view.x0;
    if (!(width > CLOSEST * widest / 8) || width > widest) return;
    this.isWhole = false;
    await this.show(view);
  }

  /** Come nearer by a factor, a place of the screen staying where it is. */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toPlace(px, py), view = this.view;
    return this.go({
      x0: x + (view.x0 - x) / factor, x1: x + (view.x1 - x) / factor,
      y0: y + (view.y0 - y) / factor, y1: y + (view.y1 - y) / factor,
    });
  }

  /** Move by pixels. */
  pan(dx, dy) {
    const step = this.pixel, { x0, x1, y0, y1 } = this.view;
    return this.go({ x0: x0 + dx * step, x1: x1 + dx * step, y0: y0 - dy * step, y1: y1 - dy * step });
  }

  /** Fill its place again after that has changed its size. */
  async resize() {
    if (this.width) await this.show(this.isWhole ? this.whole() : this.fitted(this.view));
  }

  /** Show all. */
  async goHome() {
    this.isWhole = true;
    await this.show(this.whole());
  }

  /** A window with the same middle and width, as high as there is room. */
  fitted({ x0, x1, y0, y1 }) { return this.around((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0); }

  /** Draw a window in all the room that there is now. */
  async show(view) {
    this.wanted = view;
    if (!this.started) return;
    this.own++;
    try {
      await Plotly.relayout(this.plot, {
        width: this.width, height: this.height,
        "xaxis.range": [view.x0, view.x1], "yaxis.range": [view.y0, view.y1],
      });
    } finally {
      this.own--;
    }
  }
}

/** Fewer points are larger. */
function sizeFor(n) {
  return n < 1000 ? 8 : n < 3000 ? 6.5 : n < 12000 ? 5 : n < 40000 ? 4 : 3;
}
