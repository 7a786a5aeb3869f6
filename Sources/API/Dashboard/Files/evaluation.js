// How good a version is: what to make of it, accuracy with its interval, each class, what is taken for what, how sure it is, and the
// photos it gets wrong.

import {command, get, key, photo} from "./api.js";
import {bar, count, curl, empty, failure, h, isolated, name as label, percent, plural, replace} from "./dom.js";
import {plot} from "./plot.js";

const MATRIX_CLASSES = 24;

function headline(document) {
    if (document.accuracy === null || document.accuracy === undefined) return empty("There were no test photos, so nothing is known of its accuracy.");
    const [low, high] = document.accuracy_interval ?? [document.accuracy, document.accuracy];
    return h("div", {class: "headline"},
        h("div", {}, h("strong", {class: "big"}, percent(document.accuracy)), h("span", {class: "muted"}, ` of ${plural(document.test_images, "test photo")}`)),
        h("div", {class: "interval", role: "img", "aria-label": `95 % interval from ${percent(low)} to ${percent(high)}`,
            style: {"--low": `${low * 100}%`, "--width": `${(high - low) * 100}%`, "--at": `${document.accuracy * 100}%`}}, h("span"), h("i")),
        h("p", {class: "muted"}, `95 % interval ${percent(low)} to ${percent(high)}`,
            high - low > 0.2 ? ": so few test photos say little. More photos make it narrower." : ""),
        h("dl", {class: "facts"}, [["Validation", percent(document.validation_accuracy)],
            ...(document.held_out ? [[`Of ${plural(document.held_out.images, "held-out photo")}`, percent(document.held_out.accuracy)]] : []),
            ["Of photos it learnt from", percent(document.train_accuracy)],
            ...(typeof document.top_five_accuracy === "number" ? [["Among its five best", percent(document.top_five_accuracy)]] : []), ["Log loss", document.log_loss?.toFixed(3) ?? "–"],
            ["Trained on", plural(document.train_images, "photo")], ["Validated on", plural(document.validation_images, "photo")],
            ["Recipe", document.recipe], ["Backbone", document.backbone]].map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
        (document.notes ?? []).map((note) => h("p", {class: "muted"}, note)));
}

/** What to mend first, and how. */
function verdict(findings) {
    return h("ol", {class: "verdict"}, findings.map((finding) => h("li", {"data-severity": finding.severity},
        h("b", {}, finding.severity), h("p", {}, finding.finding), h("p", {class: "muted"}, finding.action))));
}

const share = (name) => ({name, low: 0, high: 1, format: (value) => percent(value, 0)});

function reliability(calibration) {
    const curves = [["test", "test photos", calibration.test], ["validation", "held-out photos", calibration.held_out],
        calibration.test_before ? ["train", "test photos, before calibration", calibration.test_before]
            : ["train", "held-out photos, before calibration", calibration.held_out_before]].filter(([, , curve]) => curve);
    if (!curves.length) return null;
    const named = curves.map(([key, name, curve]) => ({key, name: `${name}: error ${percent(curve.error)}`, dots: true,
        points: curve.bins.filter((bin) => bin.images).map((bin) => [bin.confidence, bin.accuracy])}));
    return plot("Reliability", [{key: "faint", name: "perfect", points: [[0, 0], [1, 1]]}, ...named],
        {x: share("confidence"), y: share("right"), description: named.map((line) => line.name).join("; ")});
}

function precisionRecall(points) {
    if (!points?.length) return null;
    const line = (key, name, field) => ({key, name, points: points.map((point) => [point.coverage, point[field]])});
    return plot("Precision and recall", [line("test", "precision of the answers given", "precision"), line("validation", "recall of all photos", "recall")],
        {x: share("part of the photos that is answered"), y: share(""), description: `with all answered, precision ${percent(points.at(-1).precision)}`});
}

function learning(points) {
    if (!points?.length) return [];
    const x = {name: "step", low: 0, high: Math.max(1, points.at(-1).step), format: (value) => `${Math.round(value)}`};
    const lines = (field) => [["train", "Train"], ["validation", "Validation"]].map(([key, name]) => ({key, name,
        points: points.filter((point) => typeof point[`${key}_${field}`] === "number").map((point) => [point.step, point[`${key}_${field}`]])}));
    const losses = lines("cross_entropy");
    const high = Math.max(1e-6, ...losses.flatMap((line) => line.points.map((point) => point[1])));
    return [plot("Accuracy while learning", lines("accuracy"), {x, y: share("accuracy"), description: `at the last step, train ${percent(points.at(-1).train_accuracy)}`}),
        plot("Cross-entropy while learning", losses, {x, y: {name: "nats", low: 0, high, format: (value) => value.toFixed(2)},
            description: `at the last step, train ${points.at(-1).train_cross_entropy.toFixed(3)}`})];
}

function classTable(classes) {
    const cell = (value) => h("td", {class: "number"}, percent(value, 0));
    return h("div", {class: "scroll tall"}, h("table", {},
        h("thead", {}, h("tr", {}, ["Class", "Test photos", "Precision", "Recall", "F1", ""].map((text) => h("th", {scope: "col"}, text)))),
        h("tbody", {}, classes.map((entry) => h("tr", {}, h("th", {scope: "row"}, label(entry.label)), h("td", {class: "number"}, count(entry.support)),
            cell(entry.precision), cell(entry.recall), cell(entry.f1), h("td", {class: "wide"}, bar(entry.f1)))))));
}

/** Rows are what a photo is, columns what the model says; of many classes only the mistakes. */
function confusion(classes, cells) {
    const mistakes = cells.filter(([truth, predicted]) => truth !== predicted).sort((a, b) => b[2] - a[2]);
    const name = (index) => classes[index]?.label ?? `${index}`;
    if (classes.length > MATRIX_CLASSES) {
        if (!mistakes.length) return empty("It made no mistake.");
        return h("div", {class: "scroll tall"}, h("table", {}, h("thead", {}, h("tr", {}, ["It is", "It says", "Photos"].map((text) => h("th", {scope: "col"}, text)))),
            h("tbody", {}, mistakes.slice(0, 50).map(([truth, predicted, number]) => h("tr", {}, h("td", {}, label(name(truth))), h("td", {}, label(name(predicted))), h("td", {class: "number"}, number))))));
    }
    const found = new Map(cells.map(([truth, predicted, number]) => [`${truth} ${predicted}`, number]));
    const total = (truth) => cells.filter((cell) => cell[0] === truth).reduce((sum, cell) => sum + cell[2], 0) || 1;
    return h("div", {class: "scroll"}, h("table", {class: "matrix"},
        h("thead", {}, h("tr", {}, h("td", {class: "muted"}, "It is ↓  It says →"), classes.map((entry) => h("th", {scope: "col"}, h("span", {title: entry.label}, label(entry.label)))))),
        h("tbody", {}, classes.map((entry, truth) => h("tr", {}, h("th", {scope: "row"}, label(entry.label)), classes.map((_, predicted) => {
            const number = found.get(`${truth} ${predicted}`) ?? 0;
            const share = number / total(truth);
            return h("td", {class: number ? (truth === predicted ? "right" : "wrong") : "none", style: {"--heat": `${Math.round(share * 85)}%`}, "data-strong": share > 0.6 ? "" : null,
                title: `${plural(number, "photo")} of ${isolated(entry.label)} taken for ${isolated(name(predicted))}`}, number || "·");
        }))))));
}

/** A photo of a version that was imported is not here. */
const picture = (dataset, mistake, signal) => {
    const description = `${isolated(mistake.label)} taken for ${isolated(mistake.predicted)}`;
    return typeof mistake.image === "number" ? photo(dataset, mistake.image, description, signal)
        : h("span", {class: "missing", role: "img", "aria-label": description}, "not here");
};

function mistakes(document, signal) {
    if (!document.misclassified.length) return empty(document.test_images ? "None of the test photos." : "There were no test photos.");
    const grid = h("ul", {class: "grid"});
    const show = (from) => grid.append(...document.misclassified.slice(from, from + 40).map((mistake) => h("li", {title: mistake.path},
        picture(document.dataset, mistake, signal),
        h("div", {class: "caption stacked"}, h("span", {}, "is ", h("b", {}, label(mistake.label)), typeof mistake.label_probability === "number" ? ` ${percent(mistake.label_probability, 0)}` : ""), h("span", {class: "bad"}, label(mistake.predicted), ` ${percent(mistake.probability, 0)}`)))));
    show(0);
    const more = document.misclassified.length > 40 ? h("button", {type: "button", onclick: () => {
        show(grid.children.length);
        more.hidden = grid.children.length >= document.misclassified.length;
    }}, "Show more") : null;
    return h("div", {}, grid, more);
}

/** Fills `place` with the evaluation of a version. */
export async function evaluation(place, version, signal) {
    const path = `/v1/models/${version.model}/versions/${version.version}`;
    let document;
    try { document = await get(`${path}/evaluation`, signal); } catch (error) {
        if (error.name === "AbortError") throw error;
        return replace(place, failure(error));
    }
    replace(place,
        h("div", {class: "title"}, h("h2", {}, `Evaluation of version ${version.version}`), key() ? null : h("a", {href: `${path}/evaluation`}, "As a page"), version.job ? h("a", {href: `#/jobs/${version.job}`}, "Its training") : h("span", {class: "muted"}, "imported")),
        document.verdict?.length ? h("section", {class: "panel", "aria-label": "Verdict"}, h("h3", {}, "What to make of it"), verdict(document.verdict)) : null,
        h("div", {class: "columns"}, h("section", {class: "panel"}, h("h3", {}, "Accuracy"), headline(document)),
            h("section", {class: "panel"}, h("h3", {}, "Classes"), classTable(document.classes))),
        h("section", {class: "panel"}, h("h3", {}, "Confusion"), confusion(document.classes, document.confusion)),
        document.calibration ? h("section", {class: "panel"}, h("h3", {}, "How sure it is, and how it learnt"), h("div", {class: "columns"},
            reliability(document.calibration), precisionRecall(document.precision_recall), learning(document.curve))) : null,
        h("section", {class: "panel"}, h("h3", {}, "Photos that it gets wrong"), mistakes(document, signal)),
        curl(() => command(`${path}/evaluation`)));
}
