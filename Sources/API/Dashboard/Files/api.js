// The server's API, as everybody else uses it: the key, errors, uploads with progress, a job's events, photos.

import {h} from "./dom.js";

const KEY = "regraft-key";

/** The API key, for as long as the tab is open; empty without one. */
export const key = () => sessionStorage.getItem(KEY) ?? "";

export function forgetKey() {
    sessionStorage.removeItem(KEY);
    location.reload();
}

/** An answer that is an error (RFC 9457). */
export class Problem extends Error {
    constructor(status, body) {
        super(body.detail ?? body.title ?? `The server answered ${status}.`);
        this.status = status;
        this.type = (body.type ?? "").split(":").pop();
        this.errors = body.errors ?? [];
    }
}

const withKey = (headers = {}) => (key() ? {...headers, Authorization: `Bearer ${key()}`} : headers);

function problem(status, text) {
    try { return new Problem(status, JSON.parse(text)); } catch { return new Problem(status, {}); }
}

/** Calls the server. Where a key is missing it asks for one and calls again. Throws a `Problem`. */
export async function call(path, {method = "GET", json, body, headers = {}, signal} = {}) {
    while (true) {
        const used = key();
        const fields = withKey(json === undefined ? headers : {...headers, "Content-Type": "application/json"});
        let response;
        try {
            response = await fetch(path, {method, headers: fields, signal, body: json === undefined ? body : JSON.stringify(json)});
        } catch (error) {
            if (error.name === "AbortError") throw error;
            throw new Problem(0, {detail: "The server does not answer."});
        }
        if (response.status === 401) {
            await askForKey(used);
            continue;
        }
        if (!response.ok) throw problem(response.status, await response.text());
        return response;
    }
}

export const get = async (path, signal) => (await call(path, {signal})).json();

/** All pages of a list, up to a thousand entries. */
export async function list(path, field, signal) {
    const found = [];
    for (let cursor = null; ;) {
        const query = cursor === null ? "" : `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
        const page = await get(path + query, signal);
        found.push(...page[field]);
        cursor = page.next_cursor;
        if (cursor === null || found.length >= 1000) return found;
    }
}

export const send = async (method, path, json, headers) => {
    const response = await call(path, {method, json, headers});
    return response.status === 204 ? null : response.json();
};

/** Sends bytes, and tells how many have gone. `fetch` cannot tell, so this is the older way. */
export async function upload(method, path, body, {headers = {}, onprogress, signal} = {}) {
    while (true) {
        const used = key();
        const [status, text] = await new Promise((resolve, reject) => {
            const request = new XMLHttpRequest();
            request.open(method, path);
            for (const [name, value] of Object.entries(withKey(headers))) request.setRequestHeader(name, value);
            request.upload.onprogress = (event) => onprogress?.(event.loaded);
            request.onload = () => resolve([request.status, request.responseText]);
            request.onerror = () => reject(new Problem(0, {detail: "The connection to the server broke off."}));
            request.onabort = () => reject(new DOMException("", "AbortError"));
            signal?.addEventListener("abort", () => request.abort(), {once: true});
            request.send(body);
        });
        if (status === 401) {
            await askForKey(used);
            continue;
        }
        if (status >= 400) throw problem(status, text);
        return JSON.parse(text);
    }
}

// The key

let asking = null;

/** One dialog, whoever asks; who asked with an older key than there is now does not ask at all. */
function askForKey(used) {
    if (used !== key()) return Promise.resolve();
    asking ??= new Promise((resolve, reject) => {
        const input = h("input", {type: "password", autocomplete: "off", required: true, id: "key", "aria-describedby": "key-note"});
        const dialog = h("dialog", {"aria-labelledby": "key-title"},
            h("form", {method: "dialog"},
                h("h2", {id: "key-title"}, "API key"),
                h("p", {id: "key-note"}, used ? "The server does not accept this key." : "This server asks for an API key.",
                    " It is kept until you close this tab."),
                h("label", {class: "field", for: "key"}, h("span", {}, "Key"), input),
                h("div", {class: "row end"}, h("button", {class: "main", value: "use"}, "Use this key"))));
        dialog.addEventListener("close", () => {
            dialog.remove();
            asking = null;
            if (dialog.returnValue !== "use") return reject(new Problem(401, {detail: "Without an API key the server shows nothing."}));
            sessionStorage.setItem(KEY, input.value.trim());
            dispatchEvent(new Event("keychange"));
            resolve();
        });
        document.body.append(dialog);
        dialog.showModal();
    });
    return asking;
}

// Events

const KINDS = ["state", "progress", "metric", "warning", "done"];

/** Follows a job from its first event to its end, and comes back when the connection breaks. */
export async function follow(job, onevent, signal) {
    const path = `/v1/jobs/${encodeURIComponent(job)}/events`;
    if (!key()) {
        return new Promise((resolve) => {
            const source = new EventSource(path);
            const stop = () => { source.close(); resolve(); };
            signal?.addEventListener("abort", stop, {once: true});
            for (const kind of KINDS) {
                source.addEventListener(kind, (event) => {
                    onevent(kind, JSON.parse(event.data));
                    if (kind === "done") stop();
                });
            }
            // Closed means that the browser has given up; otherwise it connects again by itself, from the last event on.
            source.onerror = () => { if (source.readyState === EventSource.CLOSED) stop(); };
        });
    }
    // An EventSource cannot send a key.
    for (let last = 0; !signal?.aborted;) {
        try {
            const response = await call(`${path}?after=${last}`, {headers: {Accept: "application/x-ndjson"}, signal});
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            for (let rest = ""; ;) {
                const {value, done} = await reader.read();
                if (done) break;
                const lines = (rest + value).split("\n");
                rest = lines.pop();
                for (const line of lines.filter((text) => text.trim())) {
                    const event = JSON.parse(line);
                    last = Math.max(last, event.id);
                    onevent(event.event, event.data);
                    if (event.event === "done") return;
                }
            }
        } catch (error) {
            if (error.name === "AbortError" || error.status >= 400) return;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
    }
}

// Photos

let hasThumbnails = true;
let fetching = Promise.resolve();

/** A photo of a dataset, small where the server can make it small. */
export function photo(dataset, id, description, signal) {
    const path = `/v1/datasets/${encodeURIComponent(dataset)}/images/${id}`;
    const image = h("img", {alt: description, loading: "lazy", decoding: "async"});
    const small = `${path}?size=160`;
    const missing = () => image.replaceWith(h("span", {class: "missing", role: "img", "aria-label": description}, "no preview"));
    if (key()) {
        // One after the other, so that they do not take all of the browser's connections.
        fetching = fetching.then(() => fetchPhoto(path, small, signal)).then((url) => {
            const free = () => URL.revokeObjectURL(url);
            image.addEventListener("load", free, {once: true});
            // One that was never scrolled to is not loaded yet.
            signal?.addEventListener("abort", () => { if (!image.complete) image.removeAttribute("src"); free(); }, {once: true});
            image.src = url;
        }).catch(missing);
        return image;
    }
    image.addEventListener("error", () => {
        if (image.getAttribute("src") !== small) return missing();
        // Where the whole photo can be shown and the small one cannot, the server makes no small ones.
        image.addEventListener("load", () => { hasThumbnails = false; }, {once: true});
        image.src = path;
    });
    image.src = hasThumbnails ? small : path;
    return image;
}

async function fetchPhoto(path, small, signal) {
    let response;
    try { response = await call(hasThumbnails ? small : path, {signal}); } catch (error) {
        if (error.status !== 400 || !hasThumbnails) throw error;
        hasThumbnails = false;
        response = await call(path, {signal});
    }
    return URL.createObjectURL(await response.blob());
}

// Commands

/** One argument for a shell. */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A curl command for a path of this server. Arguments are quoted where that is needed. */
export const command = (path, ...parts) =>
    ["curl", ...(key() ? ["-H", '"Authorization: Bearer $REGRAFT_KEY"'] : []), ...parts.map(quoted), quoted(location.origin + path)].join(" ");

export const jsonCommand = (path, json, ...parts) =>
    command(path, ...parts, "-H", "Content-Type: application/json", "-d", JSON.stringify(json));
