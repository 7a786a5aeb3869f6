// Where photos are dropped: a folder, an archive, loose photos, the camera.

import {command} from "./api.js";
import {recorder} from "./camera.js";
import {announce, bytes, count, curl, failure, field, h, name as label, plural, replace, select} from "./dom.js";
import {liveJob} from "./jobs.js";
import {chosen, dropped, plan, sendArchive, sendPhotos} from "./upload.js";

// For `pattern`, where browsers want the hyphen escaped.
const NAME = String.raw`[A-Za-z0-9][A-Za-z0-9._\-]{0,63}`;
const nameFrom = (text) => text.normalize("NFD").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, 64);

/** Which files were not taken, and why. */
const refusals = (title, files) => h("details", {class: "note", open: files.length <= 5}, h("summary", {}, title),
    h("ul", {}, files.slice(0, 100).map((file) => h("li", {}, h("b", {}, label(file.path)), ` ${file.reason}`))),
    files.length > 100 ? h("p", {}, `These are the first 100.`) : null);

/** A panel that takes photos into a dataset; without `dataset` it makes one. `ondone(name)` when they are there. */
export function intake({dataset, labels = [], signal, ondone}) {
    const folder = h("input", {type: "file", webkitdirectory: true, class: "hidden", tabindex: "-1", "aria-label": "Folder", onchange: () => prepare(chosen(folder.files))});
    const files = h("input", {type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-label": "Files", accept: "image/*,.zip,.tar,.gz,.tgz,.zst", onchange: () => prepare(chosen(files.files))});
    const body = h("div", {class: "intake-body"});
    const camera = h("div", {class: "stack tight"});
    const zone = h("div", {class: "drop", ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
        ondragleave: () => zone.classList.remove("over"),
        ondrop: async (event) => {
            event.preventDefault();
            zone.classList.remove("over");
            try { prepare(await dropped(event.dataTransfer)); } catch (error) { replace(body, failure(error)); }
        }},
        h("p", {class: "lead"}, h("strong", {}, "Drop a folder of photos"), " with one subfolder for each class, or a zip"),
        h("div", {class: "row center"}, h("button", {type: "button", class: "main", onclick: () => folder.click()}, "Choose a folder"),
            h("button", {type: "button", onclick: () => files.click()}, "Choose files or an archive"),
            navigator.mediaDevices ? h("button", {type: "button", onclick: useCamera}, "Use the camera") : null),
        folder, files);
    const commands = curl(() => command(`/v1/datasets/${dataset ?? "NAME"}${dataset ? "?mode=add" : ""}`, "-T", "photos.zip"));
    const element = h("div", {class: "intake"}, zone, camera, body, commands);
    let sending = null;

    const nameInput = (suggestion) => h("input", {required: true, value: dataset ?? nameFrom(suggestion), pattern: NAME, maxlength: 64, placeholder: "flowers", name: "dataset"});
    const labelList = () => h("datalist", {id: "known-labels"}, labels.map((text) => h("option", {value: text})));

    function useCamera() {
        const name = nameInput("");
        replace(camera, dataset ? null : h("div", {class: "fields"}, field("Name of the dataset", name, "Letters, digits, . _ -")),
            recorder({labels, signal, onphotos: async (text, photos) => {
                if (!name.reportValidity()) return;
                const target = dataset ?? name.value;
                await sendPhotos(target, new Map([[text, photos]]), {signal, onprogress: () => {}});
                announce(`${plural(photos.length, "photo")} added to ${text}.`);
                if (dataset) ondone(target);
            }}));
    }

    function prepare(entries) {
        if (sending) return;
        const found = plan(entries);
        if (!found.archive && !found.labels.size && !found.loose.length) {
            return replace(body, failure({message: entries.length ? "There is no photo among these files." : "The folder is empty."}),
                found.skipped?.length ? refusals(`${plural(found.skipped.length, "file is", "files are")} left out`, found.skipped) : null);
        }
        const name = nameInput(found.name);
        const looseLabel = h("input", {list: "known-labels", required: true, maxlength: 200, name: "label"});
        const layout = select([["auto", "in its folders, or in a labels.csv"], ["folders", "in its folders: roses/1.jpg"],
            ["filename", "in the files' names: Roses_12.jpg"], ["csv", "in its labels.csv"]], "auto", {name: "layout"});
        const photos = found.archive ? 0 : [...found.labels.values()].reduce((sum, list) => sum + list.length, found.loose.length);
        const isForm = h("form", {class: "plan", onsubmit: (event) => {
            event.preventDefault();
            start(found, dataset ?? name.value, looseLabel.value.trim(), layout.value);
        }},
            found.archive
                ? h("p", {}, h("strong", {}, found.archive.name), ` (${bytes(found.archive.size)})`)
                : h("ul", {class: "chips"}, [...found.labels].map(([text, list]) => h("li", {}, h("b", {}, label(text)), ` ${list.length}`)),
                    found.loose.length ? h("li", {}, h("i", {}, "without a folder"), ` ${found.loose.length}`) : null),
            !found.archive && !dataset && found.labels.size === 1 && !found.loose.length
                ? h("p", {class: "note"}, "A classifier needs at least two classes, each in a folder of its own. You can add the others afterwards.") : null,
            found.skipped?.length ? refusals(`${plural(found.skipped.length, "file is", "files are")} left out`, found.skipped) : null,
            h("div", {class: "fields"}, dataset ? null : field("Name of the dataset", name, "Letters, digits, . _ -"),
                found.loose?.length ? [field("Label of the photos without a folder", looseLabel), labelList()] : null,
                found.archive ? field("The labels are", layout) : null),
            h("div", {class: "row"}, h("button", {class: "main"}, found.archive ? "Upload the archive" : `Upload ${plural(photos, "photo")}`),
                h("button", {type: "button", onclick: () => replace(body)}, "Discard")));
        replace(body, isForm);
        (dataset || name.value ? isForm.querySelector("button.main") : name).focus();
    }

    async function start(found, target, looseLabel, layout) {
        const stop = new AbortController();
        signal.addEventListener("abort", () => stop.abort(), {once: true});
        sending = stop;
        const meter = h("progress", {max: 1, value: 0, "aria-label": "Upload"});
        const line = h("p", {class: "progress-line"}, "Sending…");
        const begun = Date.now();
        replace(body, h("h3", {}, `Uploading to ${target}`), meter, line, h("button", {type: "button", onclick: () => stop.abort()}, "Stop"));
        const onprogress = ({sent, total, photos}) => {
            const seconds = (Date.now() - begun) / 1000;
            meter.value = total ? Math.min(1, sent / total) : 0;
            line.textContent = `${photos === undefined ? "" : `${count(photos)} photos · `}${bytes(sent)} of ${bytes(total)} · ${bytes(Math.round(sent / Math.max(seconds, 0.1)))}/s`;
        };
        try {
            if (found.archive) {
                const job = await sendArchive(target, found.archive, {mode: dataset ? "add" : "replace", layout, onprogress, signal: stop.signal});
                replace(body, h("h3", {}, `Reading ${found.archive.name}`),
                    liveJob(job.id, {signal, hasCurves: false, ondone: (end) => { if (end.state === "succeeded") finish(target); }}));
            } else {
                const photos = new Map(found.labels);
                if (found.loose.length) photos.set(looseLabel, [...(photos.get(looseLabel) ?? []), ...found.loose]);
                const outcome = await sendPhotos(target, photos, {onprogress, signal: stop.signal});
                finish(target, outcome);
            }
        } catch (error) {
            replace(body, failure(error.name === "AbortError" ? {message: "The upload was stopped. What had arrived is kept."} : error));
        } finally { sending = null; }
    }

    function finish(target, outcome) {
        announce(outcome ? `${plural(outcome.added, "photo")} uploaded.` : "The archive is read.");
        replace(body, outcome?.refused.length ? refusals(`${plural(outcome.refused.length, "file")} could not be used`, outcome.refused) : null);
        ondone(target, outcome);
    }

    return element;
}
