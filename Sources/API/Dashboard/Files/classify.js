// Try it: a picture, dropped, pasted, chosen or from the camera, and what the model says.

import {command, list, upload} from "./api.js";
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

export async function tryView(view, {signal, parameters: [wanted]}) {
    const models = (await list("/v1/models", "models", signal).catch((error) => {
        // A key that is for classifying only does not list models; the newest one answers it all the same.
        if (error.status === 403) return [];
        throw error;
    })).filter((model) => Object.keys(model.aliases).length);
    const known = models.some((model) => model.name === wanted);
    const model = select([["", models.length ? "Whichever was trained last" : "Whichever the server has"], ...models.map((entry) => [entry.name])], known ? wanted : "", {onchange: () => commands.refresh()});
    const path = () => `${model.value ? `/v1/models/${model.value}` : ""}/classify`;
    const commands = curl(() => command(path(), "-X", "POST", "-T", "photo.jpg"));
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

    const ask = (picture) => upload("POST", path(), picture, {signal, headers: {"Content-Type": "application/octet-stream"}});

    async function classifyAll(pictures) {
        if (!pictures.length) return announce("There was no picture in it.", true);
        results.querySelector(".empty")?.remove();
        for (const picture of pictures) {
            const image = h("img", {alt: picture.name ?? "pasted picture"});
            const said = h("div", {class: "answer"}, h("p", {class: "muted"}, "…"));
            const url = URL.createObjectURL(picture);
            image.src = url;
            // Of a kind that browsers do not show, as HEIC is in most.
            image.addEventListener("error", () => image.replaceWith(h("span", {class: "missing"}, picture.name ?? "picture")));
            const card = h("article", {class: "result"}, image, said);
            results.prepend(card);
            while (results.children.length > SHOWN) results.lastElementChild.remove();
            try { said.replaceWith(answer(await ask(picture))); } catch (error) {
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
                try { replace(said, ...answer(await ask(await source.frame())).childNodes); } catch (error) {
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
        h("section", {class: "panel"}, h("div", {class: "fields"}, field("Model", model)), zone, camera, commands),
        results);
}
