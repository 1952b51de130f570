// A line drawn round items, and what lies inside it.

const APART = 4, MOST = 400;

/** Lets a line be drawn on an element; `drawing` hears it growing, `done` hears it whole. */
export function lasso(ground, { drawing, done }) {
  let line = null;
  const spot = (event) => {
    const box = ground.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  ground.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    line = [spot(event)];
    ground.setPointerCapture(event.pointerId);
  });
  ground.addEventListener("pointermove", (event) => {
    if (!line) return;
    const [x, y] = spot(event), [x0, y0] = line.at(-1);
    if (Math.hypot(x - x0, y - y0) < APART) return;
    line.push([x, y]);
    drawing(line);
  });
  const end = (event) => {
    const drawn = line;
    line = null;
    // A line of a few pixels is a click.
    if (drawn && event.type === "pointerup") done(drawn.length < 4 ? null : thinned(drawn));
  };
  ground.addEventListener("pointerup", end);
  ground.addEventListener("pointercancel", end);
}

function thinned(line) {
  const step = Math.ceil(line.length / MOST);
  return line.filter((_, i) => i % step === 0);
}

/** A test whether places lie inside a closed line, by the even-odd rule as on the server. */
export function insideOf(polygon) {
  const xs = polygon.map(([x]) => x), ys = polygon.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return (x, y) => {
    if (x < x0 || x > x1 || y < y0 || y > y1) return false;
    let odd = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [ax, ay] = polygon[i], [bx, by] = polygon[j];
      if ((ay <= y) !== (by <= y) && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) odd = !odd;
    }
    return odd;
  };
}
