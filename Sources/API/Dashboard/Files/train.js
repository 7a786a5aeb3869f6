// The form that starts a training.

import {get, jsonCommand, send} from "./api.js";
import {action, announce, curl, field, h, replace, select} from "./dom.js";

const whole = (name, low, high, value, attributes = {}) =>
    h("input", {type: "number", name, min: low, max: high, step: 1, value: `${value}`, "data-default": `${value}`, ...attributes});

/** `recipe` decides which of the fields there are; a field that is as it would be anyway is not sent. */
export function trainForm({dataset, signal}) {
    const model = h("input", {name: "model", value: dataset, required: true, pattern: String.raw`[A-Za-z0-9][A-Za-z0-9._\-]{0,63}`, maxlength: 64});
    const recipe = (value, title, text, checked) => h("label", {class: "choice"},
        h("input", {type: "radio", name: "recipe", value, checked, onchange: update}), h("span", {}, h("b", {}, title), h("small", {}, text)));
    const backbone = select([["", "The server's default"]], "", {name: "backbone"});
    const tutorial = h("fieldset", {class: "fields"}, h("legend", {}, "Gradient descent"),
        field("Steps", whole("how_many_training_steps", 1, 1000000, 4000)),
        field("Learning rate", h("input", {type: "number", name: "learning_rate", min: 1e-9, step: "any", value: "0.01", "data-default": "0.01"})),
        field("Train batch", whole("train_batch_size", 1, 100000, 100)), field("Validation batch", whole("validation_batch_size", -1, 100000, 100), "-1: all photos"));
    const form = h("form", {oninput: update, onsubmit: start},
        field("Name of the model", model, "A name that is taken gets a new version."),
        h("fieldset", {class: "choices"}, h("legend", {}, "Recipe"),
            recipe("auto", "Automatic", "Chooses by cross-validation. Seconds.", true),
            recipe("retrain", "Tutorial", "Gradient descent, as retrain.py did.", false)),
        h("details", {}, h("summary", {}, "Advanced options"),
            h("fieldset", {class: "fields"}, h("legend", {}, "Network and split"), field("Backbone", backbone),
                field("Fit photos by", select([["", "The server's default"], ["crop", "cropping the middle"], ["squash", "squashing"], ["pad", "padding"]], "", {name: "fit"})),
                field("Validation", whole("validation_percentage", 0, 90, 10), "% of the photos"), field("Test", whole("testing_percentage", 0, 90, 10), "% of the photos"),
                field("Seed", whole("seed", 0, Number.MAX_SAFE_INTEGER, 0)), field("Metrics every", whole("eval_step_interval", 1, 1000000, 10), "steps"),
                field("When it is done", select([["", "As the server is set"], ["latest", "it becomes the latest"], ["if-better", "it becomes the latest if better"], ["manual", "nothing changes"]], "", {name: "promotion"}))),
            h("fieldset", {class: "fields"}, h("legend", {}, "Distortions"),
                h("label", {class: "check"}, h("input", {type: "checkbox", name: "flip_left_right"}), "Flip left and right"),
                field("Crop", whole("random_crop", 0, 1000, 0), "%"), field("Scale", whole("random_scale", 0, 1000, 0), "%"),
                field("Brightness", whole("random_brightness", 0, 1000, 0), "%"), field("Views of each photo", whole("views", 1, 64, 4))),
            tutorial),
        h("button", {class: "main large"}, "Train"));
    const commands = curl(() => jsonCommand("/v1/jobs", wish()));

    function wish() {
        const json = {dataset};
        for (const control of form.elements) {
            if (!control.name || control.matches(":disabled") || control.type === "radio" && !control.checked) continue;
            if (control.type === "checkbox") { if (control.checked) json[control.name] = true; continue; }
            if (control.value === "" || control.value === control.dataset.default || control.name === "model" && control.value === dataset) continue;
            json[control.name] = control.type === "number" ? Number(control.value) : control.value;
        }
        return json;
    }

    function update() {
        const isTutorial = form.elements.recipe.value === "retrain";
        tutorial.disabled = tutorial.hidden = !isTutorial;
        commands.refresh();
    }

    async function start(event) {
        event.preventDefault();
        const button = form.querySelector("button.main");
        button.disabled = true;
        try {
            const job = await send("POST", "/v1/jobs", wish());
            location.hash = `#/jobs/${job.id}`;
        } catch (error) {
            announce(error.message, true);
        } finally { button.disabled = false; }
    }

    get("/v1/backbones", signal).then(({backbones}) => {
        const there = backbones.filter((entry) => entry.available);
        replace(backbone, there.map((entry) => h("option", {value: entry.is_default ? "" : entry.id, selected: entry.is_default},
            `${entry.title}${entry.published_top1 ? `, ${(entry.published_top1 * 100).toFixed(1)} % on ImageNet` : ""}${entry.is_default ? " (default)" : ""}`)));
    }).catch(() => {});
    update();
    return h("div", {class: "stack tight"}, form, commands);
}
