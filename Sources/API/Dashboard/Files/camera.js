// The camera: a picture of now.

import {failure, field, h, replace} from "./dom.js";

/** A live picture. `frame()` gives a JPEG of now; `stop()` switches the camera off. Throws when there is none, or it is not allowed. */
export async function openCamera(signal) {
    const stream = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 640}, facingMode: "environment"}});
    const video = h("video", {autoplay: true, muted: true, playsinline: true, "aria-label": "Camera"});
    video.srcObject = stream;
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, {once: true});
    await video.play();
    const canvas = h("canvas");
    return {video, stop, async frame() {
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        canvas.getContext("2d").drawImage(video, 0, 0);
        return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    }};
}

export const cameraFailure = (error) =>
    failure({message: error.name === "NotAllowedError" ? "The browser does not allow this page to use the camera." : "There is no camera that can be used."});

/** Records photos of a class while a button is held. `onphotos(label, files)`. */
export function recorder({labels, signal, onphotos}) {
    const element = h("div", {class: "camera"}, h("p", {class: "muted"}, "Starting the camera…"));
    const label = h("input", {required: true, maxlength: 200, list: "camera-labels", placeholder: "cup"});
    openCamera(signal).then((camera) => {
        let [isHeld, isBusy] = [false, false];
        const counter = h("span", {class: "muted"}, "");
        const problem = h("div");
        async function record() {
            if (isBusy || !label.reportValidity()) return;
            [isHeld, isBusy] = [true, true];
            replace(problem);
            const photos = [];
            while (isHeld && photos.length < 200) {
                photos.push(new File([await camera.frame()], `camera-${Date.now()}-${photos.length}.jpg`, {type: "image/jpeg"}));
                counter.textContent = `${photos.length}`;
                await new Promise((resolve) => setTimeout(resolve, 150));
            }
            try { await onphotos(label.value.trim(), photos); } catch (error) { replace(problem, failure(error)); }
            counter.textContent = "";
            isBusy = false;
        }
        const release = () => { isHeld = false; };
        const isKey = (event) => event.key === " " || event.key === "Enter";
        replace(element, camera.video, h("div", {}, field("Class", label), h("datalist", {id: "camera-labels"}, labels.map((text) => h("option", {value: text}))),
            h("div", {class: "row"}, h("button", {type: "button", class: "main", onpointerdown: record, onpointerup: release, onpointerleave: release, onblur: release,
                onkeydown: (event) => { if (isKey(event) && !event.repeat) record(); }, onkeyup: (event) => { if (isKey(event)) release(); }}, "Hold to record"),
                h("button", {type: "button", onclick: () => { camera.stop(); replace(element); }}, "Switch off"), counter), problem));
        label.focus();
    }).catch((error) => replace(element, cameraFailure(error)));
    return element;
}
