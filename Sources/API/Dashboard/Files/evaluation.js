// How good a version is: accuracy with its interval, each class, what is taken for what, and the photos it gets wrong.

import {command, get, photo} from "./api.js";
import {bar, count, curl, empty, failure, h, isolated, name as label, percent, plural, replace} from "./dom.js";

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
        h("dl", {class: "facts"}, [["Validation", percent(document.validation_accuracy)], ["Log loss", document.log_loss?.toFixed(3) ?? "–"],
            ["Trained on", plural(document.train_images, "photo")], ["Validated on", plural(document.validation_images, "photo")],
            ["Recipe", document.recipe], ["Backbone", document.backbone]].map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
        (document.notes ?? []).map((note) => h("p", {class: "muted"}, note)));
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

function mistakes(document, signal) {
    if (!document.misclassified.length) return empty(document.test_images ? "None of the test photos." : "There were no test photos.");
    const grid = h("ul", {class: "grid"});
    const show = (from) => grid.append(...document.misclassified.slice(from, from + 40).map((mistake) => h("li", {title: mistake.path},
        photo(document.dataset, mistake.image, `${isolated(mistake.label)} taken for ${isolated(mistake.predicted)}`, signal),
        h("div", {class: "caption stacked"}, h("span", {}, "is ", h("b", {}, label(mistake.label))), h("span", {class: "bad"}, label(mistake.predicted), ` ${percent(mistake.probability, 0)}`)))));
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
        h("div", {class: "title"}, h("h2", {}, `Evaluation of version ${version.version}`), h("a", {href: `#/jobs/${version.job}`}, "Its training curves")),
        h("div", {class: "columns"}, h("section", {class: "panel"}, h("h3", {}, "Accuracy"), headline(document)),
            h("section", {class: "panel"}, h("h3", {}, "Classes"), classTable(document.classes))),
        h("section", {class: "panel"}, h("h3", {}, "Confusion"), confusion(document.classes, document.confusion)),
        h("section", {class: "panel"}, h("h3", {}, "Photos that it gets wrong"), mistakes(document, signal)),
        curl(() => `${command(`${path}/evaluation`)}\n${command(`${path}/export?format=bundle`, "-o", `${version.model}-${version.version}.regraft`)}`));
}
