// Elements, numbers and words. Strings from users become text nodes and attributes here and nowhere else, so that no label or
// name is ever taken for markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === undefined || value === null || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        // Not as an attribute, which the page's security policy would refuse.
        else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
        else if (name === "value") element.value = value;
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

/** An HTML element: `h("button", {class: "main", onclick: save}, "Save")`. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Puts children in the place of those that are there. */
export const replace = (element, ...children) =>
    element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));

/** The same for what is drawn again and again: it is left alone where nothing is new, and a link that has the focus keeps it. */
export function refresh(element, ...children) {
    const next = element.cloneNode(false);
    replace(next, ...children);
    if (element.isEqualNode(next)) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    element.replaceChildren(...next.childNodes);
    if (focused) [...element.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({preventScroll: true});
}

// Numbers and times

export const count = (number) => new Intl.NumberFormat("en").format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const percent = (share, places = 1) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(places)} %`);

export function bytes(number) {
    for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "KB"]]) {
        if (number >= size) return `${(number / size).toFixed(number < 10 * size ? 1 : 0)} ${unit}`;
    }
    return `${number} B`;
}

export function duration(seconds) {
    if (!(seconds >= 0)) return "–";
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 60) return `${Math.round(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} d ${Math.round((seconds % 86400) / 3600)} h`;
}

/** A time, in the words that people use of it, with the exact one on hover. */
export function when(text) {
    if (!text) return h("span", {}, "–");
    const time = new Date(text);
    const ago = (Date.now() - time) / 1000;
    const words = ago < 60 ? "just now" : ago < 3600 ? `${Math.floor(ago / 60)} min ago`
        : ago < 86400 ? `${Math.floor(ago / 3600)} h ago` : time.toLocaleDateString();
    return h("time", {datetime: text, title: time.toLocaleString()}, words);
}

// Pieces that every view uses

/** A label or another name of a user's, beside which numbers stay where they are, whatever direction it is written in. */
export const name = (text) => h("bdi", {}, text);
/** The same inside a string (Unicode's first strong isolate). */
export const isolated = (text) => `\u2068${text}\u2069`;

/** Says something to everybody, also to screen readers. */
export function announce(text, isError = false) {
    const status = document.getElementById("status");
    status.textContent = text;
    status.dataset.kind = isError ? "error" : "note";
    status.classList.add("shown");
    clearTimeout(announce.timer);
    announce.timer = setTimeout(() => status.classList.remove("shown"), isError ? 8000 : 4000);
}

/** What went wrong, where it went wrong. */
export const failure = (error) =>
    h("div", {class: "failure", role: "alert"}, h("strong", {}, error.message),
        (error.errors ?? []).length > 1
            ? h("ul", {}, error.errors.slice(0, 20).map((item) => h("li", {}, `${item.subject}: ${item.detail}`))) : null);

/** A button that works once at a time, and shows what went wrong. */
export function action(text, run, attributes = {}) {
    const button = h("button", {type: "button", ...attributes, onclick: async () => {
        button.disabled = true;
        try { await run(button); } catch (error) {
            if (error.name !== "AbortError") announce(error.message, true);
        } finally { button.disabled = false; }
    }}, text);
    return button;
}

/** Asks before something that cannot be undone. */
export function confirmed(question, verb) {
    return new Promise((resolve) => {
        const dialog = h("dialog", {"aria-label": question}, h("p", {}, question),
            h("form", {method: "dialog", class: "row end"},
                h("button", {value: "no"}, "Cancel"), h("button", {value: "yes", class: "danger"}, verb)));
        dialog.addEventListener("close", () => { resolve(dialog.returnValue === "yes"); dialog.remove(); });
        document.body.append(dialog);
        dialog.showModal();
    });
}

export const field = (label, control, hint) =>
    h("label", {class: "field"}, h("span", {}, label), control, hint ? h("small", {}, hint) : null);

export const select = (options, chosen, attributes = {}) =>
    h("select", attributes, options.map(([value, text, disabled]) =>
        h("option", {value, selected: value === chosen, disabled}, text ?? value)));

export const stateMark = (state) => h("span", {class: "state", "data-state": state}, state);

/** A bar that shows a share, 0…1. Its number must stand beside it. */
export const bar = (share, kind = "") =>
    h("span", {class: `bar ${kind}`, "aria-hidden": "true"}, h("span", {style: {"--share": `${Math.max(0, Math.min(1, share || 0)) * 100}%`}}));

export const empty = (text, ...more) => h("p", {class: "empty"}, text, ...more);

/** Shows and copies the same thing as a command. `text` is a function where it changes. */
export function curl(text) {
    const read = typeof text === "function" ? text : () => text;
    const code = h("code", {tabindex: "0"}, read());
    const element = h("details", {class: "curl", ontoggle: () => { code.textContent = read(); }},
        h("summary", {}, "As a command"),
        h("div", {class: "command"}, code, h("button", {type: "button", class: "small", onclick: () => copy(read(), code)}, "Copy")));
    element.refresh = () => { code.textContent = read(); };
    return element;
}

async function copy(text, shown) {
    try { await navigator.clipboard.writeText(text); } catch {
        // Browsers give the clipboard to pages from https and localhost only; the old way asks for a selection.
        const range = document.createRange();
        range.selectNodeContents(shown);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
    }
    announce("Copied.");
}
