// The overview: the three steps, and what the server is doing.

import {call, command, get, list} from "./api.js";
import {datasetTable} from "./datasets.js";
import {bytes, count, curl, duration, h, plural, refresh, replace} from "./dom.js";
import {intake} from "./intake.js";
import {jobTable, liveJob, unfinished} from "./jobs.js";
import {modelTable} from "./models.js";

/** Prometheus' text format: `[{name, labels, value}]`. */
export function samples(text) {
    return text.split("\n").map((line) => /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line)).filter(Boolean).map(([, name, inside, value]) => ({
        name, value: Number(value), labels: Object.fromEntries([...(inside ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [match[1], match[2]]))}));
}

const isClassify = ({labels}) => (labels.route ?? "").endsWith("classify");

/** The time that a share of what a histogram has counted did not exceed, in seconds. Buckets of all routes are put together. */
export function quantile(buckets, share) {
    const sums = new Map();
    for (const {labels, value} of buckets) {
        const end = labels.le === "+Inf" ? Infinity : Number(labels.le);
        sums.set(end, (sums.get(end) ?? 0) + value);
    }
    const sorted = [...sums].sort((a, b) => a[0] - b[0]);
    const wanted = (sorted.at(-1)?.[1] ?? 0) * share;
    let [from, below] = [0, 0];
    for (const [end, value] of sorted) {
        if (value >= wanted && value > 0) return end === Infinity ? from : from + (end - from) * ((wanted - below) / Math.max(1e-9, value - below));
        [from, below] = [end, value];
    }
    return null;
}

function tiles() {
    let [last, at] = [null, 0];
    const place = h("dl", {class: "tiles"});
    return {place, show(text, work) {
        const all = samples(text);
        const sum = (name, test = () => true) => all.filter((entry) => entry.name === name && test(entry)).reduce((total, entry) => total + entry.value, 0);
        const [requests, now] = [sum("http_requests_total"), Date.now()];
        const rate = last === null ? null : Math.max(0, (requests - last) / ((now - at) / 1000));
        [last, at] = [requests, now];
        const half = quantile(all.filter((entry) => entry.name === "http_request_duration_seconds_bucket" && isClassify(entry) && entry.labels.status === "200"), 0.5);
        const started = sum("process_start_time_seconds");
        const values = [
            ["Jobs", work.running.length ? `${work.running.length} running` : "idle", work.queued.length ? `${work.queued.length} waiting` : ""],
            ["Classified", count(sum("http_requests_total", (entry) => isClassify(entry) && entry.labels.status === "200")), half === null ? "" : `median about ${Math.max(1, Math.round(half * 1000))} ms`],
            ["Requests", rate === null ? "–" : `${rate.toFixed(1)}/s`, `${count(requests)} so far`],
            ["Server errors", count(sum("http_requests_total", (entry) => Number(entry.labels.status) >= 500)), ""],
            ["Memory", bytes(sum("process_resident_memory_bytes")), ""],
            ["Up", started ? duration(now / 1000 - started) : "–", ""],
        ];
        replace(place, values.map(([term, value, more]) => h("div", {}, h("dt", {}, term), h("dd", {}, value, more ? h("small", {}, more) : null))));
    }};
}

const steps = (datasets, models) => {
    const at = !datasets.length ? 0 : !models.length ? 1 : 2;
    return h("ol", {class: "steps"}, [
        ["Photos", "A folder for each class, a dozen photos or more in each.", "#/datasets"],
        ["Train", "Takes seconds: only the last layer is learned.", datasets.length ? `#/datasets/${datasets[0].name}` : "#/datasets"],
        ["Try it", "Drop a picture, use the camera, or call it from your program.", "#/try"],
    ].map(([title, text, link], index) => h("li", {"data-state": index < at ? "done" : index === at ? "now" : "later", "aria-current": index === at ? "step" : null},
        h("a", {href: link}, title), h("p", {}, text))));
};

export async function homeView(view, {signal, every}) {
    const [top, live, datasets, jobs, models] = [h("div"), h("div"), h("div"), h("div"), h("div")];
    const numbers = tiles();
    let followed = null;
    replace(view, h("h1", {class: "hidden"}, "Overview"), top, live,
        h("section", {class: "panel"}, h("h2", {}, "New dataset"), intake({signal, ondone: (name) => { location.hash = `#/datasets/${name}`; }})),
        h("section", {class: "panel"}, h("h2", {}, "Server"), numbers.place, curl(() => command("/metrics"))),
        h("section", {class: "panel"}, h("h2", {}, "Latest jobs"), jobs),
        h("div", {class: "columns"}, h("section", {class: "panel"}, h("h2", {}, "Photos"), datasets), h("section", {class: "panel"}, h("h2", {}, "Models"), models)));

    async function update() {
        const [allDatasets, latest, allModels, work, metrics] = await Promise.all([list("/v1/datasets", "datasets", signal), get("/v1/jobs?limit=6", signal),
            list("/v1/models", "models", signal), unfinished(signal), call("/metrics", {signal}).then((response) => response.text())]);
        refresh(top, steps(allDatasets, allModels));
        refresh(datasets, datasetTable(allDatasets.slice(0, 10)));
        refresh(jobs, jobTable(latest.jobs));
        refresh(models, modelTable(allModels.slice(0, 10)));
        numbers.show(metrics, work);
        const running = work.running[0] ?? null;
        // One at most: each takes one of the six connections that a browser has for a server.
        if (running && running.id !== followed) {
            followed = running.id;
            const name = running.kind === "train" ? `Training ${running.model}` : `Reading photos for ${running.dataset}`;
            replace(live, h("section", {class: "panel accent"}, h("h2", {}, h("a", {href: `#/jobs/${running.id}`}, name)),
                work.running.length > 1 ? h("p", {class: "muted"}, `and ${plural(work.running.length - 1, "other job")}`) : null, liveJob(running.id, {signal, ondone: () => { replace(live); followed = null; }})));
        }
    }
    await update();
    every(3000, update);
}
