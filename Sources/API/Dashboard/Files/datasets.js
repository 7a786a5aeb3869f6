// Datasets: the list, and one with its labels, photos and versions.

import {command, get, list, send} from "./api.js";
import {action, announce, bar, confirmed, count, curl, empty, failure, h, name as label, plural, refresh, replace, when} from "./dom.js";
import {intake} from "./intake.js";
import {liveJob} from "./jobs.js";
import {photoGrid} from "./photos.js";
import {trainForm} from "./train.js";

export function datasetTable(datasets) {
    if (!datasets.length) return empty("There are no photos yet.");
    return h("div", {class: "scroll"}, h("table", {},
        h("thead", {}, h("tr", {}, ["Dataset", "Photos", "Version", "Created"].map((text) => h("th", {scope: "col"}, text)))),
        h("tbody", {}, datasets.map((dataset) => h("tr", {},
            h("th", {scope: "row"}, h("a", {href: `#/datasets/${dataset.name}`}, dataset.name)),
            h("td", {}, count(dataset.images ?? 0), dataset.ingesting ? h("span", {class: "muted"}, " more are being read") : null,
                dataset.state === "failed" ? h("span", {class: "bad"}, " its upload failed") : null),
            h("td", {}, dataset.version ?? "–"), h("td", {}, when(dataset.created_at)))))));
}

export async function datasetsView(view, {signal, every}) {
    const table = h("div");
    async function update() { refresh(table, datasetTable(await list("/v1/datasets", "datasets", signal))); }
    replace(view, h("h1", {}, "Photos"),
        h("section", {class: "panel"}, h("h2", {}, "New dataset"), intake({signal, ondone: (name) => { location.hash = `#/datasets/${name}`; }})),
        h("section", {class: "panel"}, table, curl(() => command("/v1/datasets"))));
    await update();
    every(5000, update);
}

/** Each label with its photos, and how they are split. */
function labelTable(labels, onshow) {
    // Photos that were sent one by one are split when something is trained on them.
    const isSplit = labels.some((entry) => entry.train + entry.validation + entry.test > 0);
    const most = Math.max(1, ...labels.map((entry) => entry.images));
    return h("table", {class: "labels"},
        h("thead", {}, h("tr", {}, ["Label", "Photos", "", "Train", "Validation", "Test"].map((text) => h("th", {scope: "col"}, text || h("span", {class: "hidden"}, "Share"))))),
        h("tbody", {}, labels.map((entry) => h("tr", {},
            h("th", {scope: "row"}, h("button", {type: "button", class: "link", onclick: () => onshow(entry.label)}, label(entry.label))),
            h("td", {class: "number"}, count(entry.images)), h("td", {class: "wide"}, bar(entry.images / most)),
            ["train", "validation", "test"].map((split) => h("td", {class: "number muted"}, isSplit ? count(entry[split]) : "–"))))));
}

// The server says it with each such file; once is enough.
const FLAT_HINT = / \(flat archives of files like .*\)$/;

function report({refused, ignored, files}) {
    const passedOver = ignored ? h("p", {class: "muted"}, `Passed over: ${plural(ignored, "hidden or system file")}, such as .DS_Store.`) : null;
    if (!refused) return passedOver;
    const isFlat = files.some((file) => FLAT_HINT.test(file.reason));
    return h("details", {class: "panel"}, h("summary", {}, `${plural(refused, "file")} could not be used`),
        isFlat ? h("p", {class: "note"}, "Are the labels in the files' names, as in Label_12.jpg? Upload it again, and choose that there.") : null,
        h("div", {class: "scroll"}, h("table", {}, h("tbody", {}, files.map((file) => h("tr", {}, h("th", {scope: "row"}, label(file.path)), h("td", {}, file.reason.replace(FLAT_HINT, ""))))))),
        refused > files.length ? h("p", {class: "muted"}, `These are the first ${files.length}.`) : null, passedOver);
}

export async function datasetView(view, {signal, parameters: [name]}) {
    const path = `/v1/datasets/${name}`;
    const filter = {label: "", split: ""};
    let followed = null;

    async function show() {
        const dataset = await get(path, signal);
        const labels = dataset.labels;
        const grid = photoGrid({dataset: name, labels, filter, signal, onchange: async () => {
            const place = scrollY;
            await show();
            scrollTo(0, place);
        }});
        await grid.ready;
        const job = dataset.ingesting?.job ?? dataset.ingesting;
        const ingest = h("section", {class: "panel"});
        ingest.hidden = typeof job !== "string";
        if (!ingest.hidden && followed !== job) {
            followed = job;
            replace(ingest, h("h2", {}, "Photos are being read"), liveJob(job, {signal, hasCurves: false, ondone: show}));
        }
        const showLabel = async (label) => {
            await grid.show(label);
            grid.element.scrollIntoView({behavior: "smooth"});
        };
        const [newest] = dataset.versions;
        const failed = !dataset.ingesting && newest?.state === "failed" ? h("section", {class: "panel"}, h("h2", {}, "The last upload failed"),
            failure({message: newest.error?.message ?? "Its job is gone, and the reason with it."}),
            newest.job ? h("p", {}, h("a", {href: `#/jobs/${newest.job}`}, "Its job")) : null) : null;
        replace(view,
            h("div", {class: "title"}, h("h1", {}, name),
                h("span", {class: "muted"}, `${plural(dataset.images ?? 0, "photo")}, ${plural(labels.length, "label")}`, dataset.version ? `, version ${dataset.version}` : ""),
                dataset.images ? h("a", {class: "button", href: `#/datasets/${name}/check`}, "Check the photos") : null,
                action("Delete dataset", async () => {
                    if (!await confirmed(`Delete the dataset ${name} and its photos? Models trained on it stay.`, "Delete")) return;
                    await send("DELETE", path);
                    announce(`${name} is deleted.`);
                    location.hash = "#/datasets";
                }, {class: "quiet"})),
            ingest, failed,
            h("div", {class: "columns"},
                h("section", {class: "panel"}, h("h2", {}, "Labels"), labels.length ? h("div", {class: "scroll"}, labelTable(labels, showLabel)) : empty("There are no photos yet.")),
                h("section", {class: "panel accent"}, h("h2", {}, "Train"),
                    labels.length >= 2 ? trainForm({dataset: name, signal})
                        : empty("A classifier needs photos of at least two classes."))),
            h("details", {class: "panel", open: labels.length < 2}, h("summary", {}, "Add photos"),
                intake({dataset: name, labels: labels.map((entry) => entry.label), signal, ondone: show})),
            report(dataset.report), dataset.images ? grid.element : null,
            h("details", {class: "panel"}, h("summary", {}, "Versions"), h("div", {class: "scroll"}, h("table", {},
                h("thead", {}, h("tr", {}, ["Version", "State", "Photos", "From", "When"].map((text) => h("th", {scope: "col"}, text)))),
                h("tbody", {}, dataset.versions.map((version) => h("tr", {}, h("th", {scope: "row"}, `${version.version}`),
                    h("td", {title: version.error?.message}, version.state), h("td", {}, count(version.images)), h("td", {}, version.job ? h("a", {href: `#/jobs/${version.job}`}, version.origin) : version.origin),
                    h("td", {}, when(version.created_at)))))))),
            curl(() => command(path)));
    }
    await show();
}
