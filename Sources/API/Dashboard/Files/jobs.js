// Jobs: the list, and one as it happens.

import {command, follow, get, list, send} from "./api.js";
import {chart} from "./chart.js";
import {action, announce, bar, count, curl, duration, empty, failure, h, percent, plural, refresh, replace, select, stateMark, when, bytes} from "./dom.js";

export const isOver = (job) => ["succeeded", "failed", "cancelled"].includes(job.state);
const PHASES = {
    ingest: [["fetch", "Fetch"], ["ingest", "Read the photos"]],
    train: [["extract", "Look at the photos"], ["fit", "Learn"], ["evaluate", "Test"], ["publish", "Publish"]],
};
const nameOf = (job) => (job.kind === "train" ? `Train ${job.model}` : `Photos for ${job.dataset}`);

/** What a job did, in a few words. */
function result(job) {
    if (job.error) return h("span", {class: "bad"}, job.error.message ?? job.error.code);
    if (job.kind === "train" && job.state === "succeeded") {
        return h("span", {}, job.metrics.test_accuracy === null ? "no test photos" : `${percent(job.metrics.test_accuracy)} on test photos`);
    }
    if (job.state === "running" && job.total > 0) return h("span", {}, `${percent(job.done / job.total, 0)}`, bar(job.done / job.total));
    return h("span", {}, isOver(job) ? "" : job.phase ?? "");
}

export function jobTable(jobs) {
    if (!jobs.length) return empty("Nothing has been trained yet.");
    return h("div", {class: "scroll"}, h("table", {},
        h("thead", {}, h("tr", {}, ["Job", "State", "Result", "Started", "Took"].map((text) => h("th", {scope: "col"}, text)))),
        h("tbody", {}, jobs.map((job) => h("tr", {},
            h("th", {scope: "row"}, h("a", {href: `#/jobs/${job.id}`}, nameOf(job)), job.model_version ? h("span", {class: "muted"}, ` v${job.model_version}`) : null),
            h("td", {}, stateMark(job.state)), h("td", {}, result(job)), h("td", {}, when(job.started_at ?? job.created_at)),
            h("td", {}, job.finished_at && job.started_at ? duration((new Date(job.finished_at) - new Date(job.started_at)) / 1000) : "–"))))));
}

export async function jobsView(view, {signal, every}) {
    const kind = select([["train", "Trainings"], ["ingest", "Uploads"], ["", "All"]], "train", {onchange: () => update(), "aria-label": "Kind"});
    const table = h("div");
    const path = () => `/v1/jobs?limit=50${kind.value ? `&kind=${kind.value}` : ""}`;
    const commands = curl(() => command(path()));
    replace(view, h("div", {class: "title"}, h("h1", {}, "Training"), kind), h("section", {class: "panel"}, table), commands);
    async function update() {
        refresh(table, jobTable((await get(path(), signal)).jobs));
        commands.refresh();
    }
    await update();
    every(2000, update);
}

/** Steps a second over the last seconds; null at first, while what has been is told as fast as it can be. */
function speedometer() {
    const begun = performance.now();
    const seen = [];
    return (step) => {
        const now = performance.now();
        if (now - begun < 1500) return null;
        seen.push([now, step]);
        while (now - seen[0][0] > 5000) seen.shift();
        return now - seen[0][0] > 500 ? ((step - seen[0][1]) / (now - seen[0][0])) * 1000 : null;
    };
}

/** A job that is followed live: phases, progress, warnings, curves. `onstate` gets its state, `ondone` the job as it is in the end. */
export function liveJob(id, {signal, onstate, ondone, hasCurves = true}) {
    const [phases, line, meter, notes, curves] = [h("ol", {class: "phases"}), h("p", {class: "progress-line", role: "status", "aria-live": "off"}),
        h("progress", {max: 1, "aria-label": "Progress"}), h("div", {class: "stack tight"}), h("div")];
    const element = h("div", {class: "live"}, phases, meter, line, notes, curves);
    let [kind, phase, state, attempt, charts, smoothness] = ["train", null, "queued", 1, null, 0];
    const pace = speedometer();

    function showPhases() {
        const known = PHASES[kind].filter(([key]) => key !== "fetch" || phase === "fetch");
        const now = known.findIndex(([key]) => key === phase);
        replace(phases, known.map(([key, text], index) => h("li", {
            "data-state": state === "succeeded" || index < now ? "done" : key === phase ? (state === "running" ? "now" : state) : "later",
            "aria-current": key === phase && state === "running" ? "step" : null,
        }, text)));
    }

    function showProgress({unit, done, total, per_second: rate, eta_seconds: left}) {
        if (total > 0) meter.value = done / total;
        const isBytes = unit === "bytes";
        const write = isBytes ? bytes : count;
        replace(line, total > 0 ? `${write(done)} of ${write(total)}${isBytes ? "" : ` ${unit}`}` : "",
            rate ? ` · ${isBytes ? `${bytes(Math.round(rate))}/s` : `${count(Math.round(rate))}/s`}` : "", left > 0 ? ` · ${duration(left)} left` : "");
    }

    function showCharts() {
        const lines = [{key: "train", name: "train"}, {key: "validation", name: "validation"}];
        charts = {
            accuracy: chart("Accuracy", lines, {signal, format: (value, isTick) => percent(value, isTick ? 0 : 1),
                bounds: (low) => [Math.max(0, Math.floor(Math.min(0.9, low) * 10) / 10), 1]}),
            loss: chart("Cross-entropy", lines, {signal, format: (value, isTick) => `${Number(value.toFixed(isTick ? 2 : 3))}`,
                bounds: (_, high) => [0, Math.max(0.1, high)]}),
        };
        const smoothing = h("input", {type: "range", min: 0, max: 0.95, step: 0.05, value: `${smoothness}`, oninput: () => {
            for (const each of Object.values(charts)) each.smooth(Number(smoothing.value));
        }});
        replace(curves, h("div", {class: "charts"}, charts.accuracy.element, charts.loss.element),
            h("label", {class: "inline"}, "Smoothing ", smoothing));
        for (const each of Object.values(charts)) each.smooth(smoothness);
    }

    const handle = {
        state(data) {
            if (data.attempt > attempt) charts?.accuracy.clear(), charts?.loss.clear();
            [phase, state, attempt] = [data.phase ?? phase, data.state, data.attempt];
            onstate?.(state);
            if (phase !== "extract" && phase !== "ingest" && phase !== "fetch") meter.removeAttribute("value"), replace(line, "");
        },
        progress(data) { phase = data.phase ?? phase; showProgress(data); },
        metric(data) {
            if (!hasCurves) return;
            if (!charts) showCharts();
            charts.accuracy.add(data.step, {train: data.train_accuracy, validation: data.validation_accuracy});
            charts.loss.add(data.step, {train: data.train_cross_entropy, validation: data.validation_cross_entropy});
            if (!data.steps) return;
            const rate = pace(data.step);
            showProgress({unit: "steps", done: data.step, total: data.steps, per_second: rate, eta_seconds: rate ? (data.steps - data.step) / rate : null});
        },
        warning(data) { notes.append(h("p", {class: "note"}, data.message)); },
        done(data) {
            state = data.state;
            meter.hidden = true;
            replace(line, data.state === "succeeded" ? "" : data.state);
            if (data.error) notes.append(failure({message: data.error.message ?? data.error.code}));
        },
    };

    (async () => {
        const job = await get(`/v1/jobs/${id}`, signal);
        [kind, phase, state, attempt] = [job.kind, job.phase, job.state, Math.max(1, job.attempt)];
        // What TensorBoard begins with; batches make the tutorial's curves rough.
        smoothness = job.options?.recipe === "retrain" ? 0.6 : 0;
        replace(line, job.state === "queued" ? "Waiting for its turn" : "");
        showPhases();
        await follow(id, (event, data) => { handle[event]?.(data); showPhases(); }, signal);
        if (signal.aborted) return;
        // Also where the events are gone: they are not kept for ever.
        const end = await get(`/v1/jobs/${id}`, signal);
        [state, phase] = [end.state, end.phase];
        if (isOver(end)) meter.hidden = true;
        showPhases();
        await ondone?.(end);
    })().catch((error) => { if (error.name !== "AbortError") replace(notes, failure(error)); });
    return element;
}

const DISTORTIONS = [["random_crop", "crop"], ["random_scale", "scale"], ["random_brightness", "brightness"]];

/** A training's options, as a person would ask for them. */
function optionFacts(options) {
    const distortions = [options.flip_left_right ? "flip" : null,
        ...DISTORTIONS.map(([key, text]) => (options[key] ? `${text} ${options[key]} %` : null))].filter(Boolean);
    return [["Recipe", options.recipe], ["Fit", options.fit], ["Distortions", distortions.join(", ") || "none"],
        distortions.length > 0 && ["Views of each photo", `${options.views}`],
        options.how_many_training_steps && ["Steps", `${count(options.how_many_training_steps)} of ${options.train_batch_size} photos at rate ${options.learning_rate}`],
        ["Seed", `${options.seed}`], ["Validation / test", `${options.validation_percentage} % / ${options.testing_percentage} %`]];
}

/** Photos below which a share says little. */
const FEW = 30;

/** How many of how many, and how far that can be trusted. */
function accuracy({accuracy: share, accuracy_interval: interval, test_images: total}) {
    if (share === null || share === undefined || !total) return h("div", {}, h("strong", {}, "There were no test photos, so nothing is known of its accuracy."));
    const [low, high] = interval ?? [share, share];
    return h("div", {}, h("strong", {class: total < FEW ? "" : "big"}, percent(share)),
        h("span", {class: "muted"}, ` right of ${plural(total, "photo")} it never saw; 95 % interval ${percent(low, 0)} to ${percent(high, 0)}`,
            total < FEW ? ". So few say little: more photos tell more." : ""));
}

export async function jobView(view, {signal, parameters: [id]}) {
    const head = h("div", {class: "title"});
    const facts = h("dl", {class: "facts"});
    const outcome = h("div");

    async function show(job) {
        const options = job.options;
        replace(head, h("h1", {}, nameOf(job)), stateMark(job.state), isOver(job) ? null
            : action("Cancel", async () => {
                await send("POST", `/v1/jobs/${id}/cancel`);
                announce("It is being cancelled.");
            }));
        replace(facts, [
            ["Dataset", h("a", {href: `#/datasets/${job.dataset}`}, `${job.dataset} v${job.dataset_version}`)],
            job.kind === "train" && ["Backbone", job.backbone], ...(options ? optionFacts(options) : []),
            ["Created", when(job.created_at)],
            job.finished_at && job.started_at && ["Took", duration((new Date(job.finished_at) - new Date(job.started_at)) / 1000)],
            job.attempt > 1 && ["Attempt", `${job.attempt}`],
        ].filter(Boolean).map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
        if (!isOver(job) || job.kind !== "train" || job.state !== "succeeded") return replace(outcome);
        announce(`${job.model} version ${job.model_version} is trained.`);
        // Its version may have been deleted since.
        const document = await get(`/v1/models/${job.model}/versions/${job.model_version}/evaluation`, signal).catch((error) => {
            if (error.name === "AbortError") throw error;
            return null;
        });
        const isFew = !document || document.test_images < FEW;
        replace(outcome, h("div", {class: isFew ? "outcome few" : "outcome"},
            document ? accuracy(document) : h("div", {}, h("strong", {}, `${percent(job.metrics.test_accuracy)} on test photos`)),
            h("div", {class: "row"}, h("a", {class: "button main", href: `#/try/${job.model}`}, "Try it"),
                h("a", {class: "button", href: `#/models/${job.model}/${job.model_version}`}, "See the evaluation"))));
    }

    await show(await get(`/v1/jobs/${id}`, signal));
    replace(view, head, outcome, h("section", {class: "panel"}, liveJob(id, {signal, ondone: show,
            onstate: (state) => head.querySelector(".state").replaceWith(stateMark(state))})),
        h("section", {class: "panel"}, facts), curl(() => command(`/v1/jobs/${id}/events`, "-N")));
}

/** Jobs that are not over, for the overview. */
export async function unfinished(signal) {
    const [running, queued] = await Promise.all([list("/v1/jobs?state=running", "jobs", signal), list("/v1/jobs?state=queued", "jobs", signal)]);
    return {running, queued, text: running.length || queued.length ? `${plural(running.length, "job")} running, ${queued.length} waiting` : "idle"};
}
