"""Serves the bare limit: the same server, thread pool and database settings, another view.

`python -m workflows.bench.bare_server PORT`; the bench starts it with a database of its own.
"""

import sys

import django
from django.conf import settings
from django.db import connection


def main(port: int) -> None:
    """Serve until SIGTERM; hooks go to the plain view, without any middleware."""
    django.setup()
    settings.HOOK_MIDDLEWARE = []
    settings.HOOK_URLCONF = "workflows.bench.bare"
    from workflows.bench import bare
    from workflows.server import serving

    with serving.data_folder("bench"):
        listener = serving.listening_socket("127.0.0.1", port)
        serving.migrate()
        bare.make_table()
        connection.close()
        serving.serve(listener, on_ready=lambda: print("Open", flush=True))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
