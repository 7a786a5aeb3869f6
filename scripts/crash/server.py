"""The server that is killed, and what is asked of it."""
import http.client
import json
import select
import signal
import socket
import subprocess
import time


class Server:
    def __init__(self, regraft, data, log):
        self.process = subprocess.Popen(
            [regraft, "serve", "--data", data, "--port", "0", "--set", "log.access_log=false",
             # The archives that it fetches are served by this script.
             "--set", "import.allowed_addresses=127.0.0.1"],
            stdout=subprocess.PIPE, stderr=log, text=True)
        # From here on a connection that breaks is no failure.
        self.is_being_killed = False
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            said = open(log.name).read().strip().splitlines()[-1:]
            raise SystemExit(f"crash: error: the server did not start: {said or line}")
        host, port = line.split("//")[1].strip().rsplit(":", 1)
        self.address = (host, int(port))

    def ask(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def send_slowly(self, method, path, body, pieces, seconds, before_the_last, headers=None):
        """Sends a body piece by piece. `before_the_last` is called when all but the last piece has been sent."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            connection.putrequest(method, path)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                connection.putheader(name, value)
            connection.endheaders()
            # Each piece at once, for the server to have it when it is killed.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            size = -(-len(body) // pieces)
            try:
                for start in range(0, len(body), size):
                    # Refused before all of it is there: who goes on sending may lose the answer.
                    if select.select([connection.sock], [], [], 0)[0]:
                        break
                    if start + size >= len(body):
                        before_the_last()
                    connection.send(body[start:start + size])
                    time.sleep(seconds / pieces)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused just then, or killed
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def json(self, method, path, value=None):
        body = None if value is None else json.dumps(value)
        status, text = self.ask(method, path, body, {"Content-Type": "application/json"} if body else {})
        return status, json.loads(text) if text else None

    def pages(self, path, name):
        """All that a list holds."""
        cursor = ""
        while True:
            status, page = self.json("GET", f"{path}?limit=100{cursor}")
            if status != 200:
                raise SystemExit(f"crash: error: GET {path}: {status} {page}")
            yield from page[name]
            if not page["next_cursor"]:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def wait_until_ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"crash: error: the server ended by itself with {self.process.returncode}")
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise SystemExit("crash: error: the server does not become ready")

    def kill(self):
        """Returns what is wrong, or None: one that has ended by itself was not killed."""
        self.is_being_killed = True
        self.process.send_signal(signal.SIGKILL)
        code = self.process.wait()
        return None if code == -signal.SIGKILL else f"the server ended by itself with {code}"
