"""nginx with what images are found behind in practice: ranges, passwords, compression, redirects."""

import base64
import hashlib
import os
from pathlib import Path

from servers.debian import need
from servers.fault_origin import body
from servers.pki import Authority
from servers.ports import answers, free_port
from servers.process import Process
from servers.server import Server

SIZE = 3_000_000

_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
  default_type application/octet-stream; access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls} ssl; listen 127.0.0.2:{port}; listen 127.0.0.2:{tls} ssl;
    listen 127.0.0.3:{port};
    ssl_certificate {chain}; ssl_certificate_key {key};
    root {folder}/www;
    location /dates/ {{ alias {folder}/www/; etag off; }}
    location /whole/ {{ alias {folder}/www/; max_ranges 0; }}
    location /zipped/ {{ alias {folder}/www/; gzip on; gzip_types *; gzip_min_length 1; }}
    location /locked/ {{ alias {folder}/www/; auth_basic images; auth_basic_user_file {folder}/users; }}
    location /to301/ {{ rewrite ^/to301/(.*)$ /$1 permanent; }}
    location /to303/ {{ return 303 /disk; }}
    location /to308/ {{ return 308 ../disk; }}
    location /loop {{ return 302 /loop; }}
    location /to/ {{ return 302 $arg_url; }}
  }}
}}
"""

PASSWORDS = {"plain": "secret", "colon": "s3cr:t", "at": "p@ss@word", "odd": "ü /?#[%]&é"}


class Nginx(Server):
    """nginx on 127.0.0.1 and 127.0.0.2, plain and by TLS, and on 127.0.0.3, plain; `disk` is SIZE bytes, `empty` has none."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__()
        self.folder = folder
        self._authority = authority

    def _start(self) -> None:
        need("nginx-light")
        self.port, self.tls_port = free_port(), free_port()
        www = self.folder / "www"
        www.mkdir()
        (www / "disk").write_bytes(body(0, SIZE))
        (www / "empty").write_bytes(b"")
        (www / "with space").mkdir()
        (www / "with space" / "50% ü+.img").write_bytes(body(0, 1000))
        (self.folder / "users").write_text("".join(f"{user}:{_sha(word)}\n" for user, word in PASSWORDS.items()))
        self.folder.chmod(0o755)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder, port=self.port, tls=self.tls_port, user="user root;" if os.geteuid() == 0 else "",
                chain=self._authority.server.chain, key=self._authority.server.key,
            )
        )  # fmt: skip
        command: list[str | Path] = [
            "/usr/sbin/nginx",
            "-p",
            self.folder,
            "-e",
            self.folder / "error.log",
            "-c",
            configuration,
        ]
        process = Process(command, ready=lambda: answers(self.port) and answers(self.tls_port), folder=self.folder)
        self._undo.enter_context(process)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_base(self) -> str:
        return f"https://localhost:{self.tls_port}"


def _sha(password: str) -> str:
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
