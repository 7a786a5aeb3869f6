// Curves over training steps, as TensorBoard's SCALARS shows them.

import {h, replace, svg} from "./dom.js";

const MARGIN = {left: 46, right: 12, top: 10, bottom: 26};
const HEIGHT = 220;
const MOST_POINTS = 1000;

/** Steps of 1, 2 or 5 times a power of ten. */
function ticks(low, high, wanted) {
    const rough = (high - low) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
    const found = [];
    for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-6; value += step) found.push(value);
    return found;
}

/** The least and the greatest of what may be more numbers than a call takes arguments. */
function extent(points, index) {
    let [low, high] = [Infinity, -Infinity];
    for (const point of points) {
        if (point[index] < low) low = point[index];
        if (point[index] > high) high = point[index];
    }
    return [low, high];
}

/** As many points as can be told apart. */
function thinned(points) {
    const stride = Math.ceil(points.length / MOST_POINTS);
    return stride <= 1 ? points : points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

/** The moving average that TensorBoard draws: exponential, with the weight of its beginning taken out. */
function smoothed(points, weight) {
    let [last, mass] = [0, 0];
    return points.map(([x, y]) => {
        last = last * weight + (1 - weight) * y;
        mass = mass * weight + (1 - weight);
        return [x, last / mass];
    });
}

/**
 * A chart. `lines` is a list of `{key, name}`; `format` writes a value; `bounds(low, high)` says how far the axis goes.
 * `add(step, values)` takes a point of each line, `smooth(weight)` 0…1.
 */
export function chart(title, lines, {format, bounds, signal}) {
    const points = Object.fromEntries(lines.map((line) => [line.key, []]));
    const picture = svg("svg", {class: "chart", role: "img", tabindex: "0", "aria-label": `${title}: nothing yet`});
    const legend = h("div", {class: "legend"});
    const element = h("figure", {class: "chart-box"}, h("figcaption", {}, title), legend, picture);
    let [weight, at, isDue, width] = [0, null, false, 0];

    function scale() {
        const all = lines.flatMap((line) => points[line.key]);
        let [low, high] = bounds(...extent(all, 1));
        // Up to a whole step of the axis.
        high = ticks(low, high + (ticks(low, high, 4)[1] - ticks(low, high, 4)[0]) * 0.999, 4).at(-1) ?? high;
        if (high - low < 1e-9) high = low + 1;
        const [first, last] = [0, Math.max(1, extent(all, 0)[1])];
        const inner = width - MARGIN.left - MARGIN.right;
        return {
            low, high, first, last,
            x: (step) => MARGIN.left + ((step - first) / (last - first)) * inner,
            y: (value) => MARGIN.top + (1 - (Math.max(low, Math.min(high, value)) - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom),
            step: (x) => first + ((x - MARGIN.left) / inner) * (last - first),
        };
    }

    function draw() {
        isDue = false;
        width = Math.max(240, element.clientWidth || 480);
        picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
        const to = scale();
        const path = (list) => thinned(list).map(([x, y], index) => `${index ? "L" : "M"}${to.x(x).toFixed(1)} ${to.y(y).toFixed(1)}`).join("");
        const drawn = lines.map((line) => ({...line, raw: points[line.key], shown: weight > 0 ? smoothed(points[line.key], weight) : points[line.key]}));
        const steps = drawn.flatMap((line) => line.raw.map((point) => point[0]));
        const nearest = at === null || !steps.length ? null
            : steps.reduce((best, step) => (Math.abs(step - at) < Math.abs(best - at) ? step : best));
        replace(picture,
            ticks(to.low, to.high, 4).map((value) => [
                svg("line", {class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: to.y(value), y2: to.y(value)}),
                svg("text", {x: MARGIN.left - 7, y: to.y(value) + 4, "text-anchor": "end"}, format(value, true)),
            ]),
            ticks(to.first, to.last, width / 90).filter((step) => Number.isInteger(step)).map((step) =>
                svg("text", {x: to.x(step), y: HEIGHT - 7, "text-anchor": "middle"}, `${step}`)),
            svg("line", {class: "axis", x1: MARGIN.left, x2: width - MARGIN.right, y1: HEIGHT - MARGIN.bottom, y2: HEIGHT - MARGIN.bottom}),
            weight > 0 ? drawn.map((line) => svg("path", {class: `line faint ${line.key}`, d: path(line.raw)})) : null,
            drawn.map((line) => svg("path", {class: `line ${line.key}`, d: path(line.shown)})),
            drawn.flatMap((line) => {
                const mark = nearest === null ? line.shown.at(-1) : line.shown.find((point) => point[0] === nearest);
                return mark ? [svg("circle", {class: `dot ${line.key}`, cx: to.x(mark[0]), cy: to.y(mark[1]), r: 4})] : [];
            }),
            nearest === null ? null
                : svg("line", {class: "cursor", x1: to.x(nearest), x2: to.x(nearest), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom}));
        const values = drawn.map((line) => {
            const mark = nearest === null ? line.raw.at(-1) : line.raw.find((point) => point[0] === nearest);
            return [line, mark ? format(mark[1]) : "–"];
        });
        const step = nearest ?? (steps.length ? extent(drawn.flatMap((line) => line.raw), 0)[1] : null);
        replace(legend,
            values.map(([line, value]) => h("span", {class: `key ${line.key}`}, line.name, " ", h("b", {}, value))),
            step === null ? null : h("span", {class: "muted"}, `step ${step}`));
        picture.setAttribute("aria-label", step === null ? `${title}: nothing yet`
            : `${title} at step ${step}: ${values.map(([line, value]) => `${line.name} ${value}`).join(", ")}`);
    }

    const redraw = () => {
        if (!isDue) requestAnimationFrame(draw);
        isDue = true;
    };
    const point = (event) => {
        const box = picture.getBoundingClientRect();
        at = scale().step(((event.clientX - box.left) / box.width) * width);
        redraw();
    };
    picture.addEventListener("pointermove", point);
    picture.addEventListener("pointerdown", point);
    picture.addEventListener("pointerleave", () => { at = null; redraw(); });
    picture.addEventListener("blur", () => { at = null; redraw(); });
    picture.addEventListener("keydown", (event) => {
        const steps = [...new Set(lines.flatMap((line) => points[line.key].map((known) => known[0])))].sort((a, b) => a - b);
        const index = steps.indexOf(at) < 0 ? steps.length - 1 : steps.indexOf(at);
        const move = {ArrowLeft: -1, ArrowRight: 1, Home: -steps.length, End: steps.length}[event.key];
        if (move === undefined || !steps.length) return;
        event.preventDefault();
        at = steps[Math.max(0, Math.min(steps.length - 1, index + move))];
        redraw();
    });
    const observer = new ResizeObserver(redraw);
    observer.observe(element);
    signal?.addEventListener("abort", () => observer.disconnect(), {once: true});
    draw();

    return {
        element,
        add(step, values) {
            for (const line of lines) {
                if (typeof values[line.key] === "number") points[line.key].push([step, values[line.key]]);
            }
            redraw();
        },
        /** For an attempt that begins again. */
        clear() {
            for (const line of lines) points[line.key].length = 0;
            redraw();
        },
        smooth(value) { weight = value; redraw(); },
    };
}
