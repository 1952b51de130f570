"use strict";
// The maps: a name and a picture under the pointer, and the cloud that turns.
(() => {
  const source = document.getElementById("cloud-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const tip = document.createElement("div");
  tip.id = "tip";
  document.body.append(tip);

  function showTip(i, pageX, pageY) {
    tip.replaceChildren();
    if (data.thumbs) {
      const { uri, side, columns } = data.thumbs;
      const zoom = 3;
      const rows = Math.ceil(data.names.length / columns);
      const thumb = document.createElement("span");
      thumb.style.width = thumb.style.height = side * zoom + "px";
      thumb.style.backgroundImage = `url(${uri})`;
      thumb.style.backgroundSize = `${columns * side * zoom}px ${rows * side * zoom}px`;
      thumb.style.backgroundPosition =
        `${-(i % columns) * side * zoom}px ${-Math.floor(i / columns) * side * zoom}px`;
      tip.append(thumb);
    }
    tip.append(data.names[i]);
    tip.style.display = "block";
    const width = tip.offsetWidth;
    const room = document.documentElement.clientWidth - width - 8;
    tip.style.left = Math.max(4, Math.min(pageX + 14, room)) + "px";
    tip.style.top = pageY + 14 + "px";
  }
  const hideTip = () => { tip.style.display = "none"; };

  function nearest(places, x, y, reach) {
    let best = -1, least = reach * reach;
    places.forEach(([a, b], i) => {
      const d = (a - x) ** 2 + (b - y) ** 2;
      if (d < least) { least = d; best = i; }
    });
    return best;
  }

  for (const map of document.querySelectorAll("svg.map")) {
    const places = [...map.querySelectorAll(".dots > *")].map((dot) => {
      const box = dot.getBBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    });
    map.addEventListener("pointermove", (event) => {
      const box = map.getBoundingClientRect();
      const zoom = map.viewBox.baseVal.width / box.width;
      const i = nearest(places, (event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom, 14);
      if (i < 0) hideTip(); else showTip(i, event.pageX, event.pageY);
    });
    map.addEventListener("pointerleave", hideTip);
  }

  const canvas = document.querySelector("canvas.cloud");
  const pen = canvas.getContext("2d");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const DISTANCE = 3.4;      // of the eye, in radii of the cloud
  const FLOOR = -0.95;
  const TURN = 0.00022;      // radians in a millisecond
  const TURNING = 24000;     // milliseconds until it comes to rest by itself
  let yaw = 0.6, pitch = 0.36, turning = !calm.matches, places = [], colours = [], style = null, began = null, last = null;

  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const middles = data.kinds.map((_, kind) => {
    const own = data.points.filter((_, i) => data.classes[i] === kind);
    return own.length ? [0, 1, 2].map((axis) => median(own.map((point) => point[axis]))) : null;
  });

  function readColours() {
    style = getComputedStyle(document.body);
    colours = data.kinds.map((kind) => {
      const name = kind.split(" ")[0];
      return style.getPropertyValue(name === "c-rest" ? "--rest" : "--" + name).trim();
    });
  }

  function fit() {
    const sharp = Math.min(devicePixelRatio || 1, 2);
    canvas.width = Math.round(canvas.clientWidth * sharp);
    canvas.height = Math.round(canvas.clientHeight * sharp);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  }

  function project([x, y, z]) {
    const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch);
    const across = x * cy + z * sy, away = z * cy - x * sy;
    const up = y * cp - away * sp, depth = away * cp + y * sp;
    const zoom = DISTANCE / (DISTANCE + depth);
    const unit = Math.min(canvas.clientWidth, canvas.clientHeight) * 0.47;
    return [canvas.clientWidth / 2 + across * zoom * unit, canvas.clientHeight * 0.47 - up * zoom * unit, depth, zoom];
  }

  function marker(x, y, r, shape) {
    pen.beginPath();
    if (shape === "s1") {
      pen.moveTo(x, y - 1.25 * r); pen.lineTo(x + 1.25 * r, y + 0.95 * r); pen.lineTo(x - 1.25 * r, y + 0.95 * r);
    } else if (shape === "s2") {
      pen.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    } else {
      pen.arc(x, y, r, 0, 2 * Math.PI);
    }
    pen.fill();
  }

  // The floor and the shadows on it show what is near and what is far, even when nothing moves.
  function drawFloor(size) {
    pen.strokeStyle = style.getPropertyValue("--rule");
    pen.lineWidth = 1;
    pen.beginPath();
    for (let i = -3; i <= 3; i++) {
      for (const ends of [[[i / 3, FLOOR, -1], [i / 3, FLOOR, 1]], [[-1, FLOOR, i / 3], [1, FLOOR, i / 3]]]) {
        const [from, to] = ends.map(project);
        pen.moveTo(from[0], from[1]);
        pen.lineTo(to[0], to[1]);
      }
    }
    pen.stroke();
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.globalAlpha = 0.1;
    for (const [x, , z] of data.points) {
      const [a, b, , zoom] = project([x, FLOOR, z]);
      pen.beginPath();
      pen.ellipse(a, b, size * zoom, size * zoom * Math.max(0.15, Math.abs(Math.sin(pitch))), 0, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  function drawNames() {
    pen.font = "700 15px " + style.fontFamily;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = style.getPropertyValue("--card");
    pen.fillStyle = style.getPropertyValue("--ink");
    data.labels.forEach((name, kind) => {
      if (!middles[kind]) return;
      const [x, y] = project(middles[kind]);
      pen.strokeText(name, x, y);
      pen.fillText(name, x, y);
    });
  }

  function draw() {
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    places = data.points.map(project);
    const order = places.map((_, i) => i).sort((a, b) => places[b][2] - places[a][2]);
    const size = Math.max(2.4, Math.min(4.2, canvas.clientWidth / 200)) * (order.length > 600 ? 1 : 1.35);
    drawFloor(size);
    for (const i of order) {
      const [x, y, depth, zoom] = places[i];
      const kind = data.classes[i];
      pen.globalAlpha = Math.max(0.22, Math.min(0.95, 0.6 - 0.4 * depth));
      pen.fillStyle = colours[kind];
      marker(x, y, size * zoom, data.kinds[kind].split(" ")[1]);
    }
    pen.globalAlpha = 1;
    drawNames();
  }

  function frame(now) {
    if (!turning) return;
    began ??= now;
    const passed = now - began;
    // It slows down towards the end rather than stopping dead.
    yaw += TURN * Math.min(50, now - (last ?? now)) * Math.min(1, (TURNING - passed) / 4000);
    last = now;
    draw();
    if (passed < TURNING) requestAnimationFrame(frame); else turning = false;
  }

  let grip = null;
  canvas.addEventListener("pointerdown", (event) => {
    turning = false;
    grip = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("held-down");
    hideTip();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (grip) {
      yaw += (event.clientX - grip[0]) * 0.008;
      pitch = Math.max(-1.5, Math.min(1.5, pitch + (event.clientY - grip[1]) * 0.008));
      grip = [event.clientX, event.clientY];
      draw();
      return;
    }
    const box = canvas.getBoundingClientRect();
    const i = nearest(places, event.clientX - box.left, event.clientY - box.top, 10);
    if (i < 0) hideTip(); else showTip(i, event.pageX, event.pageY);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { grip = null; canvas.classList.remove("held-down"); });
  }
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] }[event.key];
    if (!step) return;
    event.preventDefault();
    turning = false;
    yaw += step[0];
    pitch = Math.max(-1.5, Math.min(1.5, pitch + step[1]));
    draw();
  });

  readColours();
  fit();
  draw();
  addEventListener("resize", () => { fit(); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
  calm.addEventListener("change", () => { if (calm.matches) turning = false; });
  // It begins to turn when it is first seen.
  new IntersectionObserver((seen, watcher) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    requestAnimationFrame(frame);
  }, { threshold: 0.4 }).observe(canvas);
})();
