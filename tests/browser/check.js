"use strict";
// Runs inside a copy of the page and tells the window around it what is wrong, one line each.
(() => {
  const wrong = [];
  const expect = (holds, words) => {
    if (!holds) wrong.push(words);
  };
  let refused = 0;
  document.addEventListener("securitypolicyviolation", (event) => {
    if (event.blockedURI.includes("example.invalid")) refused += 1;
    else wrong.push("the policy refused something of the page itself: " + event.violatedDirective + " " + event.blockedURI);
  });
  const wide = document.documentElement.clientWidth;
  const close = (x, y, by) => Math.abs(x - y) <= by;

  // layout: nothing wider than the window, no text outside of its picture or over another text
  const layout = (when) => {
    expect(document.documentElement.scrollWidth <= wide, `${when}: the page is ${document.documentElement.scrollWidth} wide in a window of ${wide}`);
    for (const e of document.querySelectorAll("h1,h2,h3,p,li,figure,figcaption,pre,.scroll,.slider,.verdict")) {
      if (e.hidden || e.closest("[hidden]")) continue;
      const box = e.getBoundingClientRect();
      expect(box.left >= -0.5 && box.right <= wide + 0.5, `${when}: ${e.tagName} reaches from ${box.left} to ${box.right} in ${wide}`);
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
      expect(scrolls || e.scrollWidth <= e.clientWidth + 1, `${when}: ${e.tagName} is clipped: ${e.textContent.slice(0, 50)}`);
    }
    const blocks = [...document.querySelectorAll("figure,h1,h2,h3,.verdict,.scroll,pre")].map((e) => [e, e.getBoundingClientRect()]);
    const apart = (a, b, by) => a.right <= b.left + by || b.right <= a.left + by || a.bottom <= b.top + by || b.bottom <= a.top + by;
    blocks.forEach(([e, a], i) => blocks.slice(i + 1).forEach(([f, b]) => expect(apart(a, b, 0.5), `${when}: ${e.tagName} ${e.id} lies over ${f.tagName} ${f.id}`)));
    for (const svg of document.querySelectorAll("svg.chart")) {
      const frame = svg.getBoundingClientRect();
      const name = svg.closest("figure").id;
      const texts = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect(), t]);
      for (const [words, box, t] of texts) {
        const inside = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
        expect(inside, `${when}: ${name}: "${words}" is clipped`);
        const size = (Number(t.getAttribute("font-size")) * frame.width) / svg.viewBox.baseVal.width;
        expect(size >= 8.5, `${when}: ${name}: "${words}" is set in ${size.toFixed(1)} pixels`);
      }
      texts.forEach(([p, a], i) => texts.slice(i + 1).forEach(([q, b]) => expect(apart(a, b, 1.5), `${when}: ${name}: "${p}" lies over "${q}"`)));
      // legends and labels stay off the data
      const [left, top, right, bottom] = svg.dataset.frame.split(",").map((x) => (Number(x) * frame.width) / svg.viewBox.baseVal.width);
      const data = { left: frame.left + left, top: frame.top + top, right: frame.left + right, bottom: frame.top + bottom };
      svg.querySelectorAll(".legend").forEach((l) => expect(apart(l.getBoundingClientRect(), data, 0.5), `${when}: ${name}: a legend lies on the data`));
    }
  };
  layout("before");

  // hover: the values of a point, exactly
  const tip = document.getElementById("tip");
  const chart = document.querySelector("svg.chart");
  const curves = [...chart.querySelectorAll(".series")].map((c) => c.dataset.at.split(" ").map((p) => p.split(",").map(Number)));
  // the point of the last curve that is furthest from all others
  const others = curves.slice(0, -1).flat();
  const alone = ([a, b]) => Math.min(...others.map(([c, d]) => Math.hypot(a - c, b - d)));
  const [px, py, x, y] = curves.pop().reduce((best, p) => (alone(p) > alone(best) ? p : best));
  const at = (type) => {
    const box = chart.getBoundingClientRect();
    const scale = box.width / chart.viewBox.baseVal.width;
    chart.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: box.left + px * scale, clientY: box.top + py * scale }));
  };
  expect(tip.hidden, "values are shown before the pointer comes");
  at("pointermove");
  expect(!tip.hidden, "no values under the pointer");
  const shown = tip.textContent.split("\n").slice(1).map((line) => Number(line.split(": ").pop()));
  expect(shown.length === 2 && close(shown[0], x, 1e-3 * Math.abs(x)) && close(shown[1], y, 1e-3 * Math.abs(y)), `hover shows ${tip.textContent} for ${x}, ${y}`);
  const box = tip.getBoundingClientRect();
  expect(box.width > 20 && box.left >= 0 && box.right <= wide, "the values are outside of the window");
  at("pointerleave");
  expect(tip.hidden, "the values stay when the pointer leaves");

  // hiding curves by pointer and by key
  const entry = chart.querySelector(".legend");
  const hidden = () => getComputedStyle(chart.querySelector(`.series[data-k="${entry.dataset.k}"]`)).display === "none";
  entry.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(hidden() && entry.getAttribute("aria-pressed") === "false", "a click does not hide a curve");
  entry.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  expect(!hidden(), "Enter does not show a curve again");

  // the slider, where the page has one
  const slider = document.querySelector(".slider");
  if (slider) {
    const range = slider.querySelector("input");
    const output = slider.querySelector("output");
    expect(!slider.hidden && slider.getBoundingClientRect().height > 20, "the slider is not shown");
    const [times] = JSON.parse(slider.querySelector("script").textContent);
    for (const k of [0, Math.floor(times.length / 2), times.length - 1]) {
      range.value = String(k);
      range.dispatchEvent(new Event("input", { bubbles: true }));
      expect(close(Number(output.textContent.split("s = ")[1].split(" ")[0]), times[k], 1e-3 * times[k]), `the slider says ${output.textContent} at ${times[k]}`);
      const cursors = [...document.querySelectorAll(".cursor")];
      expect(cursors.length >= 2 && cursors.some((c) => c.getAttribute("visibility") === "visible"), "the slider moves no line");
      const norm = document.querySelector("#r0-norm svg");
      if (norm) {
        const frame = norm.dataset.frame.split(",").map(Number);
        const edges = norm.dataset.range.split(",").map((e) => Math.log10(Number(e)));
        const place = frame[0] + ((Math.log10(times[k]) - edges[0]) / (edges[1] - edges[0])) * (frame[2] - frame[0]);
        expect(close(Number(norm.querySelector(".cursor").getAttribute("x1")), place, 0.02), "the line stands at another time than the slider");
      }
    }
    if (document.querySelector("#r0-path")) expect(document.querySelector("#r0-path .dot"), "no dot on the path");
    if (document.querySelector("#r0-snapshots")) expect(document.querySelectorAll("#r0-snapshots .faint").length > 0, "no snapshot is picked out");
  }
  layout("after");

  // the policy: a picture from elsewhere is refused
  const foreign = new Image();
  foreign.src = "https://example.invalid/x.png";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const paper = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
  expect(dark === paper[0] < 128, `paper ${paper} where dark is ${dark}`);
  setTimeout(() => {
    expect(refused === 1, `the policy refused ${refused} of 1 foreign pictures`);
    parent.postMessage([`width ${wide}`, `dark ${dark}`, ...wrong].join("\n"), "*");
  }, 300);
})();
