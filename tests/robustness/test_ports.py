"""Bad input, I103: a default install listens on the web port alone, on this machine alone."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tests.serving import ServedProcess
from tests.test_server_process import listening_ports

COMPOSE = Path(settings.BASE_DIR) / "deploy" / "compose.yaml"
LOOPBACK = "0100007F"


def addresses_of(pid: int, port: int) -> set[str]:
    """Return the addresses, as the kernel writes them, on which the port is open."""
    rows = Path(f"/proc/{pid}/net/tcp").read_text() + Path(f"/proc/{pid}/net/tcp6").read_text()
    fields = [line.split() for line in rows.splitlines()]
    return {
        one[1].partition(":")[0]
        for one in fields
        if one[3] == "0A" and int(one[1].partition(":")[2], 16) == port
    }


@pytest.mark.served
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_the_port_is_open_to_this_machine_only(served_process: ServedProcess, command: str) -> None:
    arguments = served_process._command(command, "--port", str(served_process.port))
    served_process.process = subprocess.Popen(
        arguments,
        env=served_process.env,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert any("Declic is open" in line for line in served_process.process.stdout)
    pid = served_process.process.pid

    assert listening_ports(pid) == {served_process.port}
    assert addresses_of(pid, served_process.port) == {LOOPBACK}


def test_only_the_web_server_is_published_by_the_compose_file() -> None:
    """Neither the database nor Redis nor a worker; the web server to the proxy beside it."""
    services = COMPOSE.read_text().partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    blocks = dict(re.findall(r"(?m)^  (\w+):.*\n((?:    .*\n|\n)*)", services))
    assert {"web", "worker", "beat", "postgres", "redis"} == set(blocks)

    published = {name for name, block in blocks.items() if "ports:" in block}

    assert published == {"web"}
    assert re.findall(r'- "(.*)"', blocks["web"]) == ["127.0.0.1:8000:8000"]
    assert "network_mode" not in COMPOSE.read_text()


def test_the_reverse_proxies_pass_only_the_web_port_on() -> None:
    for name in ("Caddyfile", "nginx.conf"):
        text = (COMPOSE.parent / name).read_text()
        assert set(re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", text)) == {"8000"}
