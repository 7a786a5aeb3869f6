"""A headless Chromium, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/) by nothing but the standard library."""

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class CheckFailed(Exception):
    """The page does not do what it should."""


class Browser:
    """One window. Times in seconds."""

    def __init__(self, width=1280, height=900):
        for program in ("chromium", "chromedriver"):
            if not shutil.which(program):
                raise SystemExit(f"{program} is missing; Debian has it in chromium and chromium-driver.")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.split("port")[1].strip(" .\n")
                break
        else:
            raise CheckFailed("chromedriver did not start")
        options = {
            "binary": shutil.which("chromium"),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                f"--window-size={width},{height}", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            ],
        }
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = ""
        self.session = "/session/" + self.send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def close(self):
        try:
            self.send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def send(self, method, path, body=None):
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.base + self.session + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise CheckFailed(json.load(error)["value"]["message"].split("\n")[0]) from None

    # What a person does

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": arguments})

    def devtools(self, command, **parameters):
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def wait(self, expression, what, patience=60):
        """Until an expression of JavaScript is true. Returns its value."""
        end = time.monotonic() + patience
        while True:
            value = self.run(f"return ({expression})")
            if value:
                return value
            if time.monotonic() > end:
                raise CheckFailed(f"{what}; the page says:\n{self.run('return document.body.innerText')[:2000]}")
            time.sleep(0.05)

    def find(self, selector, text=None):
        """The first element that can be seen, and has the text."""
        script = """return [...document.querySelectorAll(arguments[0])].find((element) =>
            element.checkVisibility() && (arguments[1] === null || element.textContent.includes(arguments[1]))) ?? null"""
        end = time.monotonic() + 20
        while True:
            found = self.run(script, selector, text)
            if found:
                return found[ELEMENT]
            if time.monotonic() > end:
                raise CheckFailed(f"there is no {selector} with {text!r}:\n{self.run('return document.body.innerText')[:2000]}")
            time.sleep(0.05)

    def click(self, selector, text=None):
        for attempt in range(5):
            try:
                return self.click_once(selector, text)
            except CheckFailed as failure:
                # It was drawn anew between the look and the click.
                if "stale" not in str(failure) or attempt == 4:
                    raise

    def click_once(self, selector, text):
        element = self.find(selector, text)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {ELEMENT: element})
        self.send("POST", f"/element/{element}/click")

    def write(self, selector, text):
        element = self.find(selector)
        self.send("POST", f"/element/{element}/clear")
        self.send("POST", f"/element/{element}/value", {"text": text})

    def keys(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def choose_files(self, selector, *paths):
        """As by a file dialog, for an input that cannot be seen."""
        element = self.run("return document.querySelector(arguments[0])", selector)[ELEMENT]
        self.send("POST", f"/element/{element}/value", {"text": "\n".join(map(str, paths))})

    def drop(self, selector, *paths):
        """Drags files or folders from outside into the page."""
        box = self.run("const element = document.querySelector(arguments[0]); element.scrollIntoView({block: 'center', "
                       "behavior: 'instant'}); return element.getBoundingClientRect().toJSON()", selector)
        at = {"x": box["left"] + box["width"] / 2, "y": box["top"] + 20}
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.devtools("Input.dispatchDragEvent", type=kind, data=data, **at)

    # What it looks like

    def resize(self, width, height, is_phone=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone)

    def colours(self, scheme):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        """The whole page, not only what is in the window."""
        data = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self):
        """Errors that the page has made since the last call, also of its security policy."""
        entries = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def nameless(self):
        """Controls that a screen reader would have no name for."""
        roles = {"button", "link", "textbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "image", "progressbar"}
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        return [
            node["role"]["value"] for node in nodes
            if not node.get("ignored") and node.get("role", {}).get("value") in roles and not node.get("name", {}).get("value")
        ]
