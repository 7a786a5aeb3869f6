// Curves that stand still: reliability, precision and recall, and how it learnt. Each has its numbers in words for screen readers.

import {h, svg} from "./dom.js";

const [WIDTH, HEIGHT] = [460, 260];
const MARGIN = {left: 50, right: 24, top: 10, bottom: 38};
const STEPS = 4;

/** `lines` is a list of `{key, name, points: [[x, y]], dots}`; `x` and `y` are `{name, low, high, format}`. */
export function plot(title, lines, {x, y, description}) {
    const place = (value, axis, length) => (axis.high > axis.low ? (Math.max(axis.low, Math.min(axis.high, value)) - axis.low) / (axis.high - axis.low) : 0) * length;
    const across = (value) => (MARGIN.left + place(value, x, WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
    const up = (value) => (HEIGHT - MARGIN.bottom - place(value, y, HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1);
    const ticks = (axis) => Array.from({length: STEPS + 1}, (_, index) => axis.low + ((axis.high - axis.low) * index) / STEPS);
    return h("figure", {class: "chart-box"}, h("figcaption", {}, title),
        h("div", {class: "legend"}, lines.map((line) => h("span", {class: `key ${line.key}`}, line.name))),
        svg("svg", {class: "chart still", role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-label": `${title}: ${description}`},
            ticks(y).map((value) => [
                svg("line", {class: "grid", x1: across(x.low), x2: across(x.high), y1: up(value), y2: up(value)}),
                svg("text", {x: MARGIN.left - 7, y: Number(up(value)) + 4, "text-anchor": "end"}, y.format(value))]),
            ticks(x).map((value) => svg("text", {x: across(value), y: HEIGHT - MARGIN.bottom + 16, "text-anchor": "middle"}, x.format(value))),
            svg("text", {x: (WIDTH + MARGIN.left) / 2, y: HEIGHT - 5, "text-anchor": "middle"}, x.name),
            lines.map((line) => svg("path", {class: `line ${line.key}`,
                d: line.points.map(([a, b], index) => `${index ? "L" : "M"}${across(a)} ${up(b)}`).join("")})),
            lines.filter((line) => line.dots || line.points.length === 1).flatMap((line) =>
                line.points.map(([a, b]) => svg("circle", {class: `dot ${line.key}`, cx: across(a), cy: up(b), r: 3.5})))));
}
