// Try it: a picture, dropped, pasted, chosen or from the camera, and what the model says.

import {command, list, photo, upload} from "./api.js";
import {cameraFailure, openCamera} from "./camera.js";
import {announce, bar, curl, empty, failure, field, h, name as label, percent, replace, select} from "./dom.js";

const SHOWN = 12;

/** Bars of an answer's classes. */
function answer(result) {
    const [best] = result.predictions;
    const timing = result.timing_ms ?? {};
    return h("div", {class: "answer"},
        h("p", {class: "verdict"}, result.abstained ? "Not sure: " : "", h("strong", {}, label(best?.label ?? "nothing")), ` ${percent(best?.probability)}`),
        h("ol", {class: "bars"}, result.predictions.map((prediction) => h("li", {}, h("span", {class: "name"}, label(prediction.label)),
            bar(prediction.probability, prediction === best ? "best" : ""), h("span", {class: "number"}, percent(prediction.probability))))),
        h("p", {class: "muted small"}, result.model ? `${result.model} version ${result.version}` : `${result.backbone}, as it was pretrained`,
            ` · ${Object.values(timing).reduce((sum, value) => sum + value, 0).toFixed(0)} ms`));
}

/** A file's bytes as base64, as a picture. Not as a `data:` URL, which the page's security policy does not let in. */
function picture(base64, description) {
    const url = URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], {type: "image/png"}));
    const free = () => URL.revokeObjectURL(url);
    return h("img", {src: url, alt: description, onload: free, onerror: free});
}

/** Where the model looked, and the photos that it found the picture most like. */
function reasons({cam, neighbors = [], neighbors_note: note}, signal) {
    return h("div", {class: "reasons"},
        h("p", {class: "small muted"}, "On the picture: what speaks for ", label(cam.label), ", the lighter the more."),
        neighbors.length ? h("p", {class: "small muted"}, "Most alike, of the photos it was trained on:") : h("p", {class: "small muted"}, note),
        neighbors.length ? h("ol", {class: "neighbors"}, neighbors.map((neighbor) => h("li", {title: neighbor.path},
            photo(neighbor.dataset, neighbor.image, neighbor.path, signal), h("span", {class: "small"}, label(neighbor.label))))) : null);
}

export async function tryView(view, {signal, parameters: [wanted]}) {
    const models = (await list("/v1/models", "models", signal).catch((error) => {
        // A key that is for classifying only does not list models; the newest one answers it all the same.
        if (error.status === 403) return [];
        throw error;
    })).filter((model) => Object.keys(model.aliases).length);
    const known = models.some((model) => model.name === wanted);
    const model = select([["", models.length ? "Whichever was trained last" : "Whichever the server has"], ...models.map((entry) => [entry.name])], known ? wanted : "", {onchange: () => commands.refresh()});
    const path = () => `${model.value ? `/v1/models/${model.value}` : ""}/classify`;
    const explained = () => (why.checked ? `${path()}?explain=cam,neighbors` : path());
    const why = h("input", {type: "checkbox", onchange: () => commands.refresh()});
    const commands = curl(() => command(explained(), "-X", "POST", "-T", "photo.jpg"));
    const results = h("div", {class: "results", "aria-live": "polite"}, empty("The answers come here."));
    const camera = h("div");
    const files = h("input", {type: "file", multiple: true, accept: "image/*", class: "hidden", tabindex: "-1", "aria-label": "Pictures", onchange: () => classifyAll([...files.files])});
    const zone = h("div", {class: "drop", ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
        ondragleave: () => zone.classList.remove("over"),
        ondrop: (event) => {
            event.preventDefault();
            zone.classList.remove("over");
            classifyAll([...event.dataTransfer.files]);
        }},
        h("p", {class: "lead"}, h("strong", {}, "Drop a picture"), ", or paste one"),
        h("div", {class: "row center"}, h("button", {type: "button", class: "main", onclick: () => files.click()}, "Choose a picture"),
            navigator.mediaDevices ? h("button", {type: "button", onclick: useCamera}, "Use the camera") : null), files);

    const ask = (file, from) => upload("POST", from, file, {signal, headers: {"Content-Type": "application/octet-stream"}});

    async function classifyAll(pictures) {
        if (!pictures.length) return announce("There was no picture in it.", true);
        results.querySelector(".empty")?.remove();
        for (const file of pictures) {
            const image = h("img", {alt: file.name ?? "pasted picture"});
            const said = h("div", {class: "answer"}, h("p", {class: "muted"}, "…"));
            const url = URL.createObjectURL(file);
            image.src = url;
            // Of a kind that browsers do not show, as HEIC is in most.
            image.addEventListener("error", () => image.replaceWith(h("span", {class: "missing"}, file.name ?? "picture")));
            const card = h("article", {class: "result"}, image, said);
            results.prepend(card);
            while (results.children.length > SHOWN) results.lastElementChild.remove();
            try {
                const result = await ask(file, explained());
                said.replaceWith(answer(result));
                if (!result.explanations) continue;
                card.querySelector("img, .missing").replaceWith(picture(result.explanations.cam.png, `What speaks for ${result.explanations.cam.label}`));
                card.lastElementChild.append(reasons(result.explanations, signal));
            } catch (error) {
                if (error.name === "AbortError") return;
                said.replaceWith(h("div", {class: "answer"}, failure(error)));
            }
        }
    }

    /** One frame after the other, each as soon as the last one has its answer. */
    async function useCamera() {
        replace(camera, h("p", {class: "muted"}, "Starting the camera…"));
        try {
            const source = await openCamera(signal);
            let isLive = true;
            const said = h("div", {class: "answer"});
            replace(camera, h("article", {class: "result live-camera"}, source.video, h("div", {}, said, h("div", {class: "row"},
                h("button", {type: "button", onclick: async () => classifyAll([await source.frame()])}, "Keep this one"),
                h("button", {type: "button", onclick: () => { isLive = false; source.stop(); replace(camera); }}, "Switch off")))));
            while (isLive && !signal.aborted) {
                try { replace(said, ...answer(await ask(await source.frame(), path())).childNodes); } catch (error) {
                    if (error.name === "AbortError") return;
                    replace(said, failure(error));
                    await new Promise((resolve) => setTimeout(resolve, 2000));
                }
                await new Promise((resolve) => setTimeout(resolve, 250));
            }
        } catch (error) { replace(camera, cameraFailure(error)); }
    }

    document.addEventListener("paste", (event) => {
        const pictures = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
        if (pictures.length) classifyAll(pictures);
    }, {signal});
    replace(view, h("div", {class: "title"}, h("h1", {}, "Try it")),
        h("section", {class: "panel"}, h("div", {class: "fields"}, field("Model", model), h("label", {class: "check"}, why, "Show what it looked at")), zone, camera, commands),
        results);
}
