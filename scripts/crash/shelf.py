"""A web server with archives for the server to fetch, slowly."""
import http.server
import os
import random
import threading
import time


class Shelf:
    """They stay there until the end: an import that a kill came into is fetched again."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        self.count = 0
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    with open(os.path.join(folder, os.path.basename(self.path)), "rb") as file:
                        data = file.read()
                except OSError:
                    return self.send_error(404)
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                size = -(-len(data) // 5)
                for start in range(0, len(data), size):
                    self.wfile.write(data[start:start + size])
                    time.sleep(random.uniform(0, 0.15))

            def log_message(self, *_):
                pass

        class Web(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who fetches is killed now and then

        self.web = Web(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()

    def put(self, archive):
        with self.lock:
            self.count += 1
            name = f"{self.count}.zip"
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(archive)
        return f"http://127.0.0.1:{self.web.server_address[1]}/{name}"

    def close(self):
        self.web.shutdown()
        self.web.server_close()
