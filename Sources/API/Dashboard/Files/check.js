// What deserves a look in a dataset: labels in doubt, duplicates, outliers; decided one by one, and changed in one go.

import {command, get, jsonCommand, key, photo, send} from "./api.js";
import {action, announce, count, curl, empty, failure, h, isolated, name as label, percent, plural, replace, select} from "./dom.js";
import {randomKey} from "./upload.js";

const PAGE = 24;
const SHOWN = 8;
const KINDS = [["label_error", "Labels in doubt"], ["duplicate", "Duplicates"], ["outlier", "Outliers"]];

/** The photos that a decision is about: of copies that are all the same in every way, the first stays. */
function subjects({suggestion, images}) {
    const meant = suggestion.images;
    return images.length > 1 && meant.length === images.length ? meant.slice(1) : meant;
}

/** What a finding is known by, from one page to the next. */
const identity = ({kind, images}) => `${kind} ${images.map((image) => image.image).join(" ")}`;

/**
 * One finding with its buttons. `decide(change)` with what is to become of its photos: `{label}`, `{delete: true}` or null.
 * `decided` is what was decided before, or undefined.
 */
function card(finding, {dataset, labels, signal, decided, decide}) {
    const meant = new Set(subjects(finding));
    const guess = decided?.label ?? finding.suggestion.label ?? (finding.kind === "label_error" ? finding.images[0].predictions[0]?.label : null) ?? "";
    const target = select([["", "Another label…"], ...labels.map((text) => [text, isolated(text)])], guess, {"aria-label": "Label",
        onchange: () => { if (target.value) choose(relabel, {label: target.value}); }});
    const toggle = (text, change, kind = "") => h("button", {type: "button", class: `small ${kind}`, "aria-pressed": "false", onclick: (event) => choose(event.currentTarget, change())}, text);
    const relabel = toggle("Relabel", () => (target.value ? {label: target.value} : undefined));
    const remove = toggle("Delete", () => ({delete: true}), "danger");
    const keep = toggle("Keep", () => null);

    function mark(button) {
        for (const each of [relabel, remove, keep]) each.setAttribute("aria-pressed", String(each === button));
        element.classList.add("decided");
    }

    function choose(button, change) {
        if (change === undefined) return target.focus();
        mark(button);
        decide(change);
    }

    function picture(image) {
        const small = photo(dataset, image.image, `${isolated(image.label)}: ${image.path.split("/").pop()}`, signal);
        // A link cannot send a key.
        return key() ? small : h("a", {href: `/v1/datasets/${dataset}/images/${image.image}`, target: "_blank", rel: "noopener"}, small);
    }

    const tiles = finding.images.slice(0, SHOWN).map((image) => h("li", {title: image.path},
        picture(image),
        h("div", {class: "caption stacked"}, h("b", {}, label(image.label)), meant.has(image.image) && finding.images.length > 1 ? h("span", {class: "bad"}, "this one") : null,
            image.probability === null ? null : h("span", {class: "muted"}, percent(image.probability, 0)))));
    const rest = finding.images.length - tiles.length;
    const element = h("li", {class: "finding"},
        h("ul", {class: "grid"}, tiles), rest > 0 ? h("p", {class: "muted"}, `and ${count(rest)} more`) : null,
        h("p", {}, finding.likely ? h("span", {class: "tag"}, "likely") : null, " ", finding.reason),
        h("div", {class: "row"}, target, relabel, remove, keep));
    if (decided !== undefined) mark(decided?.label ? relabel : decided?.delete ? remove : keep);
    return element;
}

export async function checkView(view, {signal, parameters: [name]}) {
    const path = `/v1/datasets/${name}`;
    // By finding, so that who changes a mind is believed; a photo may be in two of them.
    const decisions = new Map();
    let [kind, cursor] = ["", null];
    let version = null;

    const found = h("ul", {class: "findings"});
    const more = action("Show more", load);
    const chosen = h("span", {class: "muted", role: "status"});
    const commands = curl(() => {
        const wanted = changes();
        return wanted.length ? jsonCommand(`${path}/images/changes`, {changes: wanted}) : command(`${path}/analysis${kind ? `?kind=${kind}` : ""}`);
    });
    const tools = h("div", {class: "tools"}, chosen, action("Make these changes", apply, {class: "main"}));
    const head = h("div", {class: "stack tight"});
    const tabs = h("div", {class: "row"});
    const body = h("section", {class: "panel"}, head, tabs, tools, found, more, commands);
    let labels = [];

    function changes() {
        const wanted = new Map();
        for (const {finding, change} of decisions.values()) {
            if (!change) continue;
            for (const image of subjects(finding)) {
                // Of two decisions on one photo the one that cannot be mistaken.
                if (!wanted.get(image)?.delete) wanted.set(image, {image, ...change});
            }
        }
        return [...wanted.values()];
    }

    function showChosen() {
        const number = changes().length;
        tools.hidden = number === 0;
        chosen.textContent = `${plural(number, "photo")} to change`;
        commands.refresh();
    }

    async function load() {
        const page = await get(`${path}/analysis?limit=${PAGE}&version=${version}${kind ? `&kind=${kind}` : ""}${cursor === null ? "" : `&cursor=${cursor}`}`, signal);
        if (cursor === null) replace(found);
        found.append(...page.findings.map((finding) => card(finding, {dataset: name, labels, signal, decided: decisions.get(identity(finding))?.change, decide: (change) => {
            decisions.set(identity(finding), {finding, change});
            showChosen();
        }})));
        if (!found.children.length) found.append(h("li", {}, empty("Nothing was found that deserves a look.")));
        cursor = page.next_cursor;
        more.hidden = cursor === null;
        return page;
    }

    function show(page) {
        replace(head,
            h("p", {class: "muted"}, `${plural(page.images, "photo")} of version ${page.version}, looked at through ${page.backbone}. Nothing is changed before you say so.`),
            page.refused.length ? h("p", {class: "note"}, `${plural(page.refused.length, "photo")} cannot be read at all.`) : null,
            page.notes.map((note) => h("p", {class: "note"}, note)));
        const total = KINDS.reduce((sum, [which]) => sum + page.counts[which], 0);
        replace(tabs, [["", "All", total], ...KINDS.map(([which, text]) => [which, text, page.counts[which]])].map(([which, text, number]) =>
            action(`${text} (${count(number)})`, async () => { [kind, cursor] = [which, null]; show(await load()); showChosen(); }, {class: "small", "aria-pressed": String(kind === which)})));
    }

    async function apply() {
        const wanted = changes();
        // The server takes a thousand at once.
        for (let first = 0; first < wanted.length; first += 1000) {
            await send("POST", `${path}/images/changes`, {changes: wanted.slice(first, first + 1000)}, {"Idempotency-Key": randomKey()});
        }
        decisions.clear();
        announce(`${plural(wanted.length, "photo")} changed: ${name} has a new version.`);
        await begin();
    }

    async function begin() {
        const dataset = await get(path, signal);
        [version, cursor] = [dataset.version, null];
        labels = dataset.labels.map((entry) => entry.label);
        showChosen();
        if (version === null) return replace(view, title, empty("There are no photos yet."));
        show(await load());
    }

    const title = h("div", {class: "title"}, h("h1", {}, "Check the photos"), h("span", {class: "muted"}, h("a", {href: `#/datasets/${name}`}, name)));
    replace(view, title, body);
    replace(head, h("p", {class: "muted"}, "The photos are being looked at. This takes some seconds."));
    [tools.hidden, more.hidden] = [true, true];
    try { await begin(); } catch (error) {
        if (error.type !== "not-extracted" && error.type !== "dataset-empty") throw error;
        replace(body, failure(error), h("p", {}, h("a", {class: "button", href: `#/datasets/${name}`}, `Back to ${name}`)));
    }
}
