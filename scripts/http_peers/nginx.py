"""nginx with a configuration of its own in a temporary folder, as root and as anybody else."""

import os
import socket
import subprocess
import sys
import tempfile
import time

from support import FOLDER


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    def __init__(self, http, workers=1):
        """http: the content of the block of that name."""
        self.folder = tempfile.mkdtemp(prefix="nginx-", dir=FOLDER)
        user = "user root;" if os.geteuid() == 0 else ""  # so that it may use the folder, and the server's socket
        configuration = f"""
            daemon off; {user} worker_processes {workers}; pid {self.folder}/pid; worker_rlimit_nofile 8192;
            error_log {self.folder}/error.log warn;
            events {{ worker_connections 4096; }}
            http {{
                access_log off;
                client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
                fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi;
                scgi_temp_path {self.folder}/scgi;
                {http}
            }}"""
        with open(f"{self.folder}/nginx.conf", "w") as file:
            file.write(configuration)
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/error.log"])

    def wait_for(self, port):
        end = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit(f"nginx did not start: {self.log()}")
                time.sleep(0.05)

    def log(self):
        try:
            with open(f"{self.folder}/error.log") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
