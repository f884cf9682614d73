#!/usr/bin/env python3
"""Has schemathesis ask the server for all that its description names: tests/api/check.py PROGRAM SCHEMATHESIS [OPTIONS]."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "data" / "images"
# What a request may come to is looked at; what makes a good value is for the server to say, which reads more than the
# description names.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main():
    program, schemathesis, *options = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), *sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "root"
        (root / "folder").mkdir(parents=True)
        shutil.copy(SAMPLES / "icons" / "camera.png", root / "a.png")
        shutil.copy(SAMPLES / "people" / "astronaut.jpg", root / "folder" / "b.jpg")
        settings = {
            "IMAGE_PROXY_BIND_ADDRESS": "127.0.0.1:0",
            "IMAGE_PROXY_ROOT_PATH": str(root),
            "IMAGE_PROXY_PLAYGROUND": "true",
            "IMAGE_PROXY_EXPLAIN": "true",
            "IMAGE_PROXY_ENABLE_CACHE": "true",
            "IMAGE_PROXY_PRESETS": "thumb=w=40&h=40&fit=cover",
            # The time for a picture is not what is looked at here, and a slow machine is no server error.
            "IMAGE_PROXY_TIMEOUT": "10m",
            "IMAGE_PROXY_QUEUE_TIMEOUT": "10m",
        }
        server = subprocess.Popen([program], cwd=folder, env={**settings, "PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        try:
            address = None
            for line in server.stdout:
                found = re.search(r"listening on (\S+)", line)
                if found:
                    address = found.group(1)
                    break
            if address is None:
                sys.exit("the server did not start")
            threading.Thread(target=lambda: [None for _ in server.stdout], daemon=True).start()
            url = f"http://{address}"
            command = [schemathesis, "--config-file", str(HERE / "schemathesis.toml"), "run", f"{url}/_/openapi.json", "--url", url,
                       "--checks", CHECKS, "--no-color", *options]
            hooks = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
            asked = subprocess.run(command, cwd=folder, env=hooks, check=False)
            if server.poll() is not None:
                sys.exit("the server has ended")
            sys.exit(asked.returncode)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


main()
