// The photos of a dataset: looked at, relabelled, deleted.

import {command, get, jsonCommand, photo, send} from "./api.js";
import {action, announce, bytes, confirmed, curl, empty, h, isolated, name, plural, replace, select} from "./dom.js";

const PAGE = 60;

/**
 * A grid of photos with what can be done with those that are selected. `filter` is `{label, split}`, and is kept by who calls;
 * `onchange()` after the dataset has changed; `ready` when the first photos are there.
 */
export function photoGrid({dataset, labels, filter, signal, onchange}) {
    const chosen = new Map();
    let cursor = null;
    if (!labels.some((entry) => entry.label === filter.label)) filter.label = "";
    const base = `/v1/datasets/${dataset}/images`;
    const path = () => `${base}?limit=${PAGE}${filter.label ? `&label=${encodeURIComponent(filter.label)}` : ""}${filter.split ? `&split=${filter.split}` : ""}`;

    const grid = h("ul", {class: "grid"});
    const more = action("Show more", load);
    const pick = select([["", "All labels"], ...labels.map((entry) => [entry.label, `${isolated(entry.label)} (${entry.images})`])], filter.label, {"aria-label": "Label",
        onchange: () => show(pick.value)});
    const pickSplit = select([["", "All splits"], ["train"], ["validation"], ["test"]], filter.split, {"aria-label": "Split", onchange: () => { filter.split = pickSplit.value; reload(); }});
    const target = h("input", {list: "labels", placeholder: "New label", "aria-label": "New label", maxlength: 200});
    const chosenText = h("span", {class: "muted", role: "status"});
    const commands = curl(() => {
        const id = chosen.keys().next().value;
        if (id === undefined) return command(path());
        return `${jsonCommand(`${base}/${id}`, {label: target.value || "LABEL"}, "-X", "PATCH")}\n${command(`${base}/${id}`, "-X", "DELETE")}`;
    });
    const tools = h("div", {class: "tools"}, chosenText, target, h("datalist", {id: "labels"}, labels.map((entry) => h("option", {value: entry.label}))),
        action("Relabel", relabel), action("Delete", remove, {class: "danger"}));
    const element = h("section", {class: "panel"}, h("div", {class: "title"}, h("h2", {}, "Photos"), pick, pickSplit), tools, grid, more, commands);

    function showChosen() {
        tools.hidden = chosen.size === 0;
        chosenText.textContent = `${plural(chosen.size, "photo")} selected`;
        commands.refresh();
    }

    function tile(image) {
        const box = h("input", {type: "checkbox", "aria-label": `Select ${image.path}`, onchange: () => {
            if (box.checked) chosen.set(image.id, image); else chosen.delete(image.id);
            showChosen();
        }});
        return h("li", {title: `${image.path} · ${bytes(image.bytes)}`},
            h("label", {}, box, photo(dataset, image.id, `${isolated(image.label)}: ${image.path.split("/").pop()}`, signal)),
            h("div", {class: "caption"}, h("b", {}, name(image.label)), image.split ? h("span", {class: `split ${image.split}`}, image.split) : null));
    }

    async function load() {
        const page = await get(path() + (cursor === null ? "" : `&cursor=${cursor}`), signal);
        if (cursor === null) replace(grid);
        grid.append(...page.images.map(tile));
        if (!grid.children.length) grid.append(h("li", {class: "wide"}, empty("There is no such photo.")));
        cursor = page.next_cursor;
        more.hidden = cursor === null;
    }

    function reload() {
        chosen.clear();
        showChosen();
        cursor = null;
        return load().catch((error) => { if (error.name !== "AbortError") announce(error.message, true); });
    }

    function show(wanted) {
        filter.label = wanted;
        pick.value = wanted;
        return reload();
    }

    async function relabel() {
        const text = target.value.trim();
        if (!text) return target.focus();
        const number = chosen.size;
        for (const id of [...chosen.keys()]) {
            await send("PATCH", `${base}/${id}`, {label: text});
            chosen.delete(id);
        }
        announce(`${plural(number, "photo")} ${number === 1 ? "is" : "are"} now ${text}.`);
        await onchange();
    }

    async function remove() {
        const number = chosen.size;
        if (!await confirmed(`Delete ${plural(number, "photo")} from ${dataset}? Earlier versions keep ${number === 1 ? "it" : "them"}.`, "Delete")) return;
        for (const id of [...chosen.keys()]) {
            await send("DELETE", `${base}/${id}`);
            chosen.delete(id);
        }
        announce(`${plural(number, "photo")} deleted.`);
        await onchange();
    }

    showChosen();
    return {element, show, ready: reload()};
}
