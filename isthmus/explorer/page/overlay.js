// What lies over the points: rings, ways, names. Drawn anew whenever the window moves.

import { at, draw, make } from "./dom.js";

const NAMED = 12, LONGEST = 14;

export class Overlay {
  constructor(map) {
    this.map = map;
    this.marks = {};
    this.names = [];
  }

  /** Change some marks: hover, a, b, way, dropped, code, polygon, cursor. */
  set(marks) {
    Object.assign(this.marks, marks);
    this.draw();
  }

  draw() {
    const { marks, map } = this, svg = at("over"), parts = [];
    const line = (places) => places.map(([x, y]) => map.toPixel(x, y).map((v) => v.toFixed(1)).join(",")).join(" ");
    if (marks.polygon) parts.push(draw("polygon", { class: "drawn", points: line(marks.polygon) }));
    if (marks.way) {
      parts.push(draw("polyline", { class: "way", points: line(marks.way) }));
      for (const place of marks.way.slice(1, -1)) parts.push(dot(map.toPixel(...place), 2.6, "stop"));
    }
    for (const item of marks.dropped ?? []) {
      for (const place of item.neighbours) {
        parts.push(draw("polyline", { class: "tie", points: line([item.place, place]) }));
        parts.push(dot(map.toPixel(...place), 6, "near"));
      }
      const [x, y] = map.toPixel(...item.place);
      parts.push(draw("path", { class: "new", d: `M${x} ${y - 9}l9 9l-9 9l-9-9z` }));
    }
    if (marks.code) parts.push(dot(map.toPixel(...marks.code), 6, "made"));
    for (const letter of ["a", "b"]) {
      if (!marks[letter]) continue;
      const [x, y] = map.toPixel(...marks[letter]);
      parts.push(dot([x, y], 8, "pin"));
      parts.push(draw("text", { class: "pin", x: x + 12, y: y - 8 }, letter.toUpperCase()));
    }
    if (marks.hover) parts.push(dot(map.toPixel(...marks.hover), 7, "hover"));
    if (marks.cursor) {
      const [x, y] = map.toPixel(...marks.cursor);
      parts.push(draw("path", { class: "cursor", d: `M${x - 14} ${y}h9m10 0h9M${x} ${y - 14}v9m0 10v9` }));
    }
    svg.replaceChildren(...parts);
    for (const { place, node } of this.names) {
      const [x, y] = map.toPixel(...place);
      node.style.transform = `translate(-50%, -50%) translate(${x}px, ${y}px)`;
    }
  }

  /** Write the names of few classes where their points lie. */
  name(points, colouring) {
    this.names = [];
    const { legend } = colouring;
    if (legend.kind === "words" && legend.words.length > 1 && legend.words.length <= NAMED
      && legend.words.every((word) => word.name.length <= LONGEST)) {
      const own = legend.words.map(() => []);
      points.which.forEach((item, i) => own[colouring.values[item]]?.push(i));
      own.forEach((members, i) => {
        const looked = colouring.only === null || colouring.only === i;
        if (members.length && looked) this.names.push({ place: middle(points.places, members), node: make("span", {}, legend.words[i].name) });
      });
    }
    at("names").replaceChildren(...this.names.map((name) => name.node));
    this.draw();
  }
}

const dot = ([x, y], r, kind) => draw("circle", { class: kind, cx: x.toFixed(1), cy: y.toFixed(1), r });

/** The place of the member nearest to the median, which itself may lie in a gap. */
function middle(places, members) {
  const median = [0, 1].map((axis) => {
    const values = Float32Array.from(members, (i) => places[2 * i + axis]).sort();
    return values[values.length >> 1];
  });
  let best = members[0], least = Infinity;
  for (const i of members) {
    const far = Math.abs(places[2 * i] - median[0]) + Math.abs(places[2 * i + 1] - median[1]);
    if (far < least) { least = far; best = i; }
  }
  return [places[2 * best], places[2 * best + 1]];
}
