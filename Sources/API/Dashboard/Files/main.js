// Which view is shown, and whether the server answers.

import {forgetKey, key} from "./api.js";
import {checkView} from "./check.js";
import {tryView} from "./classify.js";
import {datasetView, datasetsView} from "./datasets.js";
import {failure, h, replace} from "./dom.js";
import {homeView} from "./home.js";
import {jobView, jobsView} from "./jobs.js";
import {modelView, modelsView} from "./models.js";

const VIEWS = [
    [/^$/, "Overview", homeView],
    [/^datasets$/, "Photos", datasetsView], [/^datasets\/([^/]+)$/, "Photos", datasetView], [/^datasets\/([^/]+)\/check$/, "Photos", checkView],
    [/^jobs$/, "Training", jobsView], [/^jobs\/([^/]+)$/, "Training", jobView],
    [/^models$/, "Models", modelsView], [/^models\/([^/]+)(?:\/(\d+))?$/, "Models", modelView],
    [/^try(?:\/([^/]+))?$/, "Try it", tryView],
];
// What has the form of a name of the server's and no other: it goes into paths as it is.
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const view = document.getElementById("view");
let leaving = new AbortController();

/** Runs something again and again while the view is there and somebody looks at it. */
const repeater = (signal) => (milliseconds, run) => {
    let isRunning = false;
    const timer = setInterval(async () => {
        if (document.hidden || isRunning) return;
        isRunning = true;
        // The pill at the top says when the server is away; the view keeps what it has shown.
        try { await run(); } catch {} finally { isRunning = false; }
    }, milliseconds);
    signal.addEventListener("abort", () => clearInterval(timer), {once: true});
};

async function show() {
    leaving.abort();
    leaving = new AbortController();
    const {signal} = leaving;
    const path = location.hash.replace(/^#\/?/, "");
    const found = VIEWS.map(([pattern, title, render]) => ({match: pattern.exec(path), title, render})).find(({match}) => match);
    const parameters = (found?.match ?? []).slice(1);
    if (!found || parameters.some((text) => text && !NAME.test(text))) { location.hash = "#/"; return; }
    document.title = `${parameters[0] && found.title !== "Training" ? `${parameters[0]} · ` : ""}${found.title} · Regraft`;
    for (const link of document.querySelectorAll(".top nav a")) {
        const isHere = link.textContent === found.title;
        if (isHere) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    // Drawn beside what is shown and put in its place when it is there, so that nothing flickers.
    const place = h("div", {class: "view"});
    const isFirst = !view.children.length;
    try {
        const drawn = found.render(place, {signal, parameters, every: repeater(signal)});
        if (isFirst) replace(view, place);
        await drawn;
    } catch (error) {
        if (error.name === "AbortError" || signal.aborted) return;
        // A key that is for classifying only may do just that.
        if (error.status === 403 && !path) { location.replace("#/try"); return; }
        const [list] = path.split("/");
        const back = error.status === 403 ? h("a", {href: "#/try"}, "Try the models")
            : list && list !== path ? h("a", {href: `#/${list}`}, `Back to ${found.title}`) : h("a", {href: "#/"}, "Back to the overview");
        replace(place, h("h1", {}, found.title), failure(error), h("p", {}, back));
    }
    if (signal.aborted) return;
    replace(view, place);
    if (!isFirst) { scrollTo(0, 0); view.focus({preventScroll: true}); }
}

async function watchHealth() {
    const pill = document.getElementById("health");
    try {
        const response = await fetch("/readyz");
        const isReady = response.ok;
        pill.dataset.state = isReady ? "ready" : "waiting";
        pill.textContent = isReady ? "Ready" : (await response.json()).detail ?? "Not ready";
    } catch {
        pill.dataset.state = "away";
        pill.textContent = "No answer";
    }
}

const forget = document.getElementById("forget");
const showForget = () => { forget.hidden = !key(); };
forget.addEventListener("click", forgetKey);
addEventListener("keychange", showForget);
showForget();
addEventListener("hashchange", show);
// A picture that misses its place would otherwise take the page's.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
show();
watchHealth();
setInterval(() => { if (!document.hidden) watchHealth(); }, 5000);
