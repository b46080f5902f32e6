"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const tip = document.getElementById("tip");
  const numbers = (text) => text.split(",").map(Number);
  const node = (svg, name, kind) => {
    const element = document.createElementNS(SVG, name);
    element.setAttribute("class", kind);
    svg.append(element);
    return element;
  };
  const short = (x) => {
    if (x === 0) return "0";
    const size = Math.abs(x);
    return size >= 1e-3 && size < 1e5 ? String(Number(x.toPrecision(4))) : x.toExponential(3).replace("e+", "e");
  };

  // curves that can be hidden: the legend's entries become buttons
  for (const entry of document.querySelectorAll(".legend")) {
    const curve = [...entry.ownerSVGElement.querySelectorAll(".series")].find((c) => c.dataset.k === entry.dataset.k);
    entry.setAttribute("role", "button");
    entry.setAttribute("tabindex", "0");
    entry.setAttribute("aria-pressed", "true");
    entry.setAttribute("aria-label", "show " + curve.dataset.name);
    const toggle = () => {
      const gone = curve.classList.toggle("gone");
      entry.setAttribute("aria-pressed", String(!gone));
    };
    entry.addEventListener("click", toggle);
    entry.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        toggle();
      }
    });
  }

  // values under the pointer: the nearest drawn point of a shown curve
  for (const svg of document.querySelectorAll("svg.chart")) {
    let points = null;
    let ring = null;
    const read = () => {
      points = [];
      for (const curve of svg.querySelectorAll(".series")) {
        for (const item of curve.dataset.at.split(" ")) {
          const [px, py, x, y] = numbers(item);
          if (item) points.push({ px, py, x, y, curve });
        }
      }
    };
    const leave = () => {
      tip.hidden = true;
      if (ring) ring.setAttribute("visibility", "hidden");
    };
    const look = (event) => {
      if (!points) read();
      const box = svg.getBoundingClientRect();
      const scale = svg.viewBox.baseVal.width / box.width;
      const x = (event.clientX - box.left) * scale;
      const y = (event.clientY - box.top) * scale;
      let best = null;
      let least = 36;
      for (const p of points) {
        if (p.curve.classList.contains("gone")) continue;
        const far = Math.hypot(p.px - x, p.py - y);
        if (far < least) [least, best] = [far, p];
      }
      if (!best) return leave();
      ring = ring || node(svg, "circle", "ring");
      ring.setAttribute("r", "6");
      ring.setAttribute("cx", best.px);
      ring.setAttribute("cy", best.py);
      ring.setAttribute("visibility", "visible");
      const { name, y: axis } = best.curve.dataset;
      tip.textContent = `${name}\n${svg.dataset.x}: ${short(best.x)}\n${axis}: ${short(best.y)}`;
      tip.hidden = false;
      const left = box.left + best.px / scale + 12;
      const width = document.documentElement.clientWidth;
      tip.style.left = Math.max(4, Math.min(left, width - tip.offsetWidth - 8)) + window.scrollX + "px";
      tip.style.top = box.top + best.py / scale + 14 + window.scrollY + "px";
    };
    svg.addEventListener("pointermove", look);
    svg.addEventListener("pointerdown", look);
    svg.addEventListener("pointerleave", leave);
  }

  // the slow time: a line through every chart with a clock, a dot on the path, the snapshot nearest to it
  for (const box of document.querySelectorAll(".slider")) {
    const run = box.closest(".run");
    const range = box.querySelector("input");
    const output = box.querySelector("output");
    const [times, columns, path, snapshots] = JSON.parse(box.querySelector("script").textContent);
    const nearest = (list, s, at) => list.reduce((best, item, k) => (Math.abs(at(item) - s) < Math.abs(at(list[best]) - s) ? k : best), 0);
    range.max = String(times.length - 1);
    const show = () => {
      const k = Number(range.value);
      const s = times[k];
      const words = columns.filter(([, values]) => values[k] !== null).map(([name, values]) => `${name} = ${short(values[k])}`);
      output.textContent = [`s = ${short(s)}`, ...words].join("   ");
      range.setAttribute("aria-valuetext", "s = " + short(s));
      for (const svg of run.querySelectorAll("svg[data-clock]")) {
        const [left, top, right, bottom] = numbers(svg.dataset.frame);
        const [low, high] = numbers(svg.dataset.range);
        const place = svg.dataset.scale === "log" ? Math.log10 : (x) => x;
        const x = left + ((place(s * Number(svg.dataset.clock)) - place(low)) / (place(high) - place(low))) * (right - left);
        const line = svg.querySelector(".cursor") || node(svg, "line", "cursor");
        line.setAttribute("visibility", x >= left && x <= right ? "visible" : "hidden");
        if (Number.isFinite(x)) for (const end of ["x1", "x2"]) line.setAttribute(end, x.toFixed(2));
        line.setAttribute("y1", top);
        line.setAttribute("y2", bottom);
      }
      const paths = run.querySelector("figure[id$='-path'] svg");
      if (paths && path.length) {
        const p = path[nearest(path, s, (q) => q[0])];
        const dot = paths.querySelector(".dot") || node(paths, "circle", "dot");
        dot.setAttribute("r", "5");
        dot.setAttribute("cx", p[1]);
        dot.setAttribute("cy", p[2]);
      }
      const shots = run.querySelector("figure[id$='-snapshots'] svg");
      if (shots && snapshots.length && snapshots.every((t) => t !== null)) {
        const now = nearest(snapshots, s, (t) => t);
        shots.querySelectorAll(".series").forEach((curve) => {
          const index = Number(curve.dataset.k);
          curve.classList.toggle("faint", index < snapshots.length && index !== now);
        });
      }
    };
    range.addEventListener("input", show);
    box.hidden = false;
    output.textContent = "moves a line through the pictures";
  }
})();
