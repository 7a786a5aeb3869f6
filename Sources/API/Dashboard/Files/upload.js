// From dropped files to photos on the server: which label each has, and sending them a batch at a time.

import {upload} from "./api.js";

const PHOTO = /\.(jpe?g|png|webp|gif|tiff?|heic|heif|avif)$/i;
const ARCHIVE = /\.(zip|tar|tar\.gz|tgz|tar\.zst|tzst)$/i;
const BATCH_COUNT = 32;
const BATCH_BYTES = 8 << 20;

/** Files of a drop, folders and all: `[{file, path}]`. Must be called while the event is handled: later the drop is empty. */
export async function dropped(transfer) {
    const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
    const found = [];
    for (const entry of entries) if (entry) await walk(entry, "", found);
    return found;
}

async function walk(entry, folder, found) {
    if (entry instanceof File) return found.push({file: entry, path: entry.name});
    if (entry.isFile) {
        const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
        return found.push({file, path: folder + entry.name});
    }
    const reader = entry.createReader();
    while (true) {
        // It gives a hundred at most, and then the next ones.
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) return;
        for (const next of some) await walk(next, `${folder}${entry.name}/`, found);
    }
}

/** Files that were chosen in a dialog. */
export const chosen = (files) => [...files].map((file) => ({file, path: file.webkitRelativePath || file.name}));

/**
 * What is to be done with files. A photo's label is the folder it lies in, below at most one folder around all, as in an archive.
 * Gives `{archive}`, or `{labels: Map of label → files, loose: files without one, skipped: [{path, reason}], name: of the folder around all}`.
 */
export function plan(entries) {
    const isHidden = (part) => part.startsWith(".");
    // What systems leave behind is nobody's; a photo in a hidden folder may be somebody's.
    const kept = entries.filter(({path}) => !path.split("/").includes("__MACOSX") && !isHidden(path.split("/").pop()));
    const inHidden = ({path}) => path.split("/").slice(0, -1).some(isHidden);
    const files = kept.filter((entry) => !inHidden(entry));
    if (files.length === 1 && ARCHIVE.test(files[0].path)) {
        return {archive: files[0].file, name: files[0].path.replace(ARCHIVE, "")};
    }
    const paths = files.map(({path}) => path.split("/"));
    const tops = new Set(paths.map((parts) => parts[0]));
    const hasFolderAround = tops.size === 1 && paths.some((parts) => parts.length > 2);
    const [labels, loose] = [new Map(), []];
    const skipped = kept.filter(inHidden).map(({path}) => ({path, reason: "it is in a hidden folder"}));
    files.forEach(({file, path}, index) => {
        const parts = paths[index].slice(hasFolderAround ? 1 : 0);
        if (!PHOTO.test(path) && !file.type.startsWith("image/")) return skipped.push({path, reason: ARCHIVE.test(path) ? "an archive is taken alone" : "its name does not end like a picture's"});
        if (parts.length < 2) return loose.push(file);
        const label = parts[0];
        if (!labels.has(label)) labels.set(label, []);
        labels.get(label).push(file);
    });
    return {labels: new Map([...labels].sort()), loose, skipped, name: hasFolderAround ? [...tops][0] : ""};
}

function* batches(labels) {
    for (const [label, files] of labels) {
        let [batch, size] = [[], 0];
        for (const file of files) {
            if (batch.length && (batch.length === BATCH_COUNT || size + file.size > BATCH_BYTES)) {
                yield {label, batch, size};
                [batch, size] = [[], 0];
            }
            batch.push(file);
            size += file.size;
        }
        if (batch.length) yield {label, batch, size};
    }
}

export const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Sends photos, and goes on where the connection breaks for a moment: a batch that the server has already taken is not taken
 * twice, because it is sent again under the same key. `onprogress({sent, total, photos})` in bytes and photos.
 * Gives `{added, refused: [{path, reason}]}`.
 */
export async function sendPhotos(dataset, labels, {onprogress, signal}) {
    const all = [...batches(labels)];
    const total = all.reduce((sum, {size}) => sum + size, 0);
    const outcome = {added: 0, refused: []};
    let [sent, photos] = [0, 0];
    for (const {label, batch, size} of all) {
        const form = new FormData();
        for (const file of batch) form.append("image", file, file.name);
        const path = `/v1/datasets/${dataset}/images?label=${encodeURIComponent(label)}`;
        const headers = {"Idempotency-Key": randomKey()};
        for (let attempt = 1; ; attempt++) {
            try {
                const answer = await upload("POST", path, form, {headers, signal,
                    onprogress: (loaded) => onprogress({sent: sent + Math.min(loaded, size), total, photos})});
                outcome.added += answer.images.length;
                outcome.refused.push(...answer.refused);
                break;
            } catch (error) {
                if (error.type === "no-usable-images") {
                    outcome.refused.push(...error.errors.map((item) => ({path: item.subject, reason: item.detail})));
                    break;
                }
                if (error.name === "AbortError" || attempt === 4 || ![0, 429, 503].includes(error.status)) throw error;
                await new Promise((resolve) => setTimeout(resolve, 1000 * attempt));
            }
        }
        sent += size;
        photos += batch.length;
        onprogress({sent, total, photos});
    }
    return outcome;
}

/** Sends an archive, `layout` being where its labels are. Gives the job that reads it. */
export const sendArchive = (dataset, file, {mode, layout, onprogress, signal}) =>
    upload("PUT", `/v1/datasets/${dataset}?mode=${mode}&labels=${layout}`, file, {signal, onprogress: (sent) => onprogress({sent, total: file.size}),
        headers: {"Content-Type": "application/octet-stream"}});
