// Models: the list, and one with its versions and which of them answers.

import {call, command, get, jsonCommand, list, send} from "./api.js";
import {action, announce, bar, confirmed, curl, empty, h, name as label, percent, plural, refresh, replace, when} from "./dom.js";
import {evaluation} from "./evaluation.js";
import {downloads, importForm} from "./exchange.js";

export function modelTable(models) {
    if (!models.length) return empty("There are no models yet: train one on photos.");
    return h("div", {class: "scroll"}, h("table", {},
        h("thead", {}, h("tr", {}, ["Model", "Answers by", "Newest", "Created", ""].map((text) => h("th", {scope: "col"}, text || h("span", {class: "hidden"}, "Try"))))),
        h("tbody", {}, models.map((model) => h("tr", {},
            h("th", {scope: "row"}, h("a", {href: `#/models/${model.name}`}, model.name)),
            h("td", {}, model.aliases.latest ? `version ${model.aliases.latest}` : h("span", {class: "muted"}, "none")),
            h("td", {}, model.newest_version ? `version ${model.newest_version}` : "–"), h("td", {}, when(model.created_at)),
            h("td", {}, model.aliases.latest ? h("a", {href: `#/try/${model.name}`}, "Try it") : ""))))));
}

/** The photos that a version was trained on, or where it was imported from. */
function origin(version) {
    if (version.dataset) return h("a", {href: `#/datasets/${version.dataset}`}, `${version.dataset} v${version.dataset_version}`);
    const from = version.imported;
    const source = from?.model ? `${from.model}${from.version ? ` v${from.version}` : ""}` : from?.dataset;
    return h("span", {class: "muted", title: "Trained elsewhere; its photos are not here."}, source ? ["imported, ", label(source)] : "imported");
}

export async function modelsView(view, {signal, every}) {
    const table = h("div");
    async function update() { refresh(table, modelTable(await list("/v1/models", "models", signal))); }
    replace(view, h("h1", {}, "Models"), h("section", {class: "panel"}, table, curl(() => command("/v1/models"))), importForm());
    await update();
    every(5000, update);
}

export async function modelView(view, {signal, parameters: [name, wanted]}) {
    const path = `/v1/models/${name}`;
    const aliasPath = `${path}/aliases/latest`;
    let shown = wanted ? Number(wanted) : null;

    /** Moves the alias only from where the person has seen it: somebody else, or a training, may have moved it meanwhile. */
    async function answerBy(version, tag) {
        try {
            await send("PUT", aliasPath, {version}, tag ? {"If-Match": tag} : {"If-None-Match": "*"});
            announce(`Version ${version} answers now.`);
        } catch (error) {
            if (error.status !== 412) throw error;
            announce("Somebody else has moved it meanwhile. Look again, and decide again.", true);
        }
        await show();
    }

    async function show() {
        const model = await get(path, signal);
        const latest = model.aliases.find((entry) => entry.alias === "latest");
        const tag = latest ? (await call(aliasPath, {signal})).headers.get("ETag")?.replace("-gzip", "") : null;
        const current = model.versions.find((entry) => entry.version === (shown ?? latest?.version)) ?? model.versions[0];
        const detail = h("div", {class: "stack"});
        const others = model.aliases.filter((entry) => entry.alias !== "latest");
        replace(view,
            h("div", {class: "title"}, h("h1", {}, name),
                h("span", {class: "muted"}, latest ? `version ${latest.version} answers` : "no version answers"),
                latest ? h("a", {class: "button main", href: `#/try/${name}`}, "Try it") : null,
                action("Delete model", async () => {
                    if (!await confirmed(`Delete the model ${name} and all its versions?`, "Delete")) return;
                    await send("DELETE", path);
                    announce(`${name} is deleted.`);
                    location.hash = "#/models";
                }, {class: "quiet"})),
            h("section", {class: "panel"}, h("h2", {}, plural(model.versions.length, "version")), h("div", {class: "scroll"}, h("table", {},
                h("thead", {}, h("tr", {}, ["Version", "Test", "", "Validation", "Recipe", "Backbone", "Photos", "Trained", ""].map((text) => h("th", {scope: "col"}, text)))),
                h("tbody", {}, model.versions.map((version) => h("tr", {"aria-current": version === current ? "true" : null},
                    h("th", {scope: "row"}, h("a", {href: `#/models/${name}/${version.version}`}, `${version.version}`),
                        [latest, ...others].filter((entry) => entry?.version === version.version).map((entry) => h("span", {class: "tag"}, entry.alias))),
                    h("td", {class: "number"}, percent(version.metrics.test_accuracy)), h("td", {class: "wide"}, bar(version.metrics.test_accuracy)),
                    h("td", {class: "number"}, percent(version.metrics.validation_accuracy)), h("td", {}, version.recipe), h("td", {}, version.backbone),
                    h("td", {}, origin(version)), h("td", {}, when(version.created_at)),
                    h("td", {}, version.version === latest?.version ? null
                        : action(latest && version.version < latest.version ? "Roll back to it" : "Let it answer", () => answerBy(version.version, tag), {class: "small"}))))))),
                curl(() => jsonCommand(aliasPath, {version: current?.version ?? 1}, "-X", "PUT", ...(tag ? ["-H", `If-Match: ${tag}`] : [])))),
            detail, current ? downloads(current) : null, importForm(name));
        if (current) await evaluation(detail, current, signal);
    }
    await show();
}
