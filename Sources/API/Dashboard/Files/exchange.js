// Models as files: a version to download, and one from another server to import.

import {call, command, key, upload} from "./api.js";
import {action, announce, curl, field, h, select} from "./dom.js";

/** What a version can be downloaded as: the format's name in the API, what the button says, the end of the file's name. */
const FORMATS = [
    ["bundle", "Regraft bundle", ".regraft"],
    ["labels", "Labels", "-labels.txt"],
];

const exportPath = (version, format) => `/v1/models/${version.model}/versions/${version.version}/export?format=${format}`;
const fileName = (version, end) => `${version.model}-${version.version}${end}`;

/** A link cannot send a key, so with one the file is fetched first. */
async function save(path, name) {
    const url = URL.createObjectURL(await (await call(path)).blob());
    h("a", {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** Links to a version's files. */
export function downloads(version) {
    const link = ([format, text, end]) => {
        const [path, name] = [exportPath(version, format), fileName(version, end)];
        return key() ? action(text, () => save(path, name), {"data-format": format})
            : h("a", {class: "button", href: path, download: name, "data-format": format}, text);
    };
    return h("section", {class: "panel"}, h("h3", {}, "Take it along"),
        h("p", {class: "muted"}, "A bundle holds the model and how good it is, not the photos. Another Regraft with the same backbone imports it."),
        h("div", {class: "row"}, FORMATS.map(link)),
        curl(() => FORMATS.map(([format, , end]) => command(exportPath(version, format), "-o", fileName(version, end))).join("\n")));
}

/** Takes a model's file in, as a new version of the model `name`, or of one that the person names. */
export function importForm(name = "") {
    const model = h("input", {name: "model", value: name, required: true, pattern: String.raw`[A-Za-z0-9][A-Za-z0-9._\-]{0,63}`, maxlength: 64});
    const file = h("input", {type: "file", name: "file", required: true, accept: ".regraft", onchange: suggest});
    const promotion = select([["", "As the server is set"], ["latest", "it answers at once"], ["if-better", "it answers if no version does"], ["manual", "nothing changes"]], "", {name: "promotion"});
    const button = h("button", {class: "main"}, "Import");
    const path = () => `/v1/models/${model.value || "NAME"}/import${promotion.value ? `?promotion=${promotion.value}` : ""}`;
    const commands = curl(() => command(path(), "-X", "POST", "-T", file.files[0]?.name ?? "model.regraft"));

    /** Its name there is a good one here too. */
    function suggest() {
        const stem = (file.files[0]?.name ?? "").replace(/(-\d+)?( ?\(\d+\))?\.regraft$/i, "");
        if (!model.value && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(stem)) model.value = stem;
        commands.refresh();
    }

    async function send(event) {
        event.preventDefault();
        button.disabled = true;
        try {
            const done = await upload("POST", path(), file.files[0], {headers: {"Content-Type": "application/octet-stream"}});
            const {model: to, version} = done.imported;
            announce(done.promotion.promoted ? `Version ${version} of ${to} is imported and answers now.` : `Version ${version} of ${to} is imported: ${done.promotion.reason}.`);
            location.hash = `#/models/${to}/${version}`;
        } catch (error) {
            announce(error.message, true);
        } finally { button.disabled = false; }
    }

    return h("details", {class: "panel", "data-import": ""}, h("summary", {}, "Import a model"),
        h("form", {class: "stack", onsubmit: send, oninput: () => commands.refresh()},
            h("p", {class: "muted"}, "A .regraft file that another Regraft has exported, or `regraft retrain` has written. This server needs the backbone that it was trained on."),
            h("div", {class: "columns"}, field("File", file), field("Name of the model", model, "A name that is taken gets a new version."), field("When it is imported", promotion)),
            h("div", {class: "row"}, button), commands));
}
