"""Who may have how many of the server's threads: hooks all of them, pages most, passwords two."""

import re

from config.hook_handler import Environ
from config.pool import Lane, Pool

BACKLOG = 512  # requests that may wait for a thread, hooks and pages each
PASSWORDS = 2  # hashed at once: each takes a processor for a good part of a second
PASSWORD_BACKLOG = 64
# Forms with a password, of anybody and of the admin.
PASSWORD_PATH = re.compile(
    r"/(sign-in|welcome|settings/password|admin/(login|.*password.*|messaging/member/add))/?"
)


class Lanes:
    """One pool, some threads of which only hooks get, whatever the pages do.

    Exports and searches are pages. Reading what passes, such as who is signed in, is a page's work
    too; so are live updates.
    """

    def __init__(self, threads: int) -> None:
        self.hooks = Pool(threads=threads, backlog=BACKLOG)
        kept = max(1, threads // 4) if threads > 1 else 0
        self.pages = Lane(self.hooks, most=threads - kept, backlog=BACKLOG)
        self.passwords = Lane(self.pages, most=PASSWORDS, backlog=PASSWORD_BACKLOG)

    def of(self, environ: Environ, is_hook: bool) -> Pool | Lane:
        """Return where the request is to be answered."""
        if is_hook:
            return self.hooks
        if environ["REQUEST_METHOD"] == "POST" and PASSWORD_PATH.fullmatch(environ["PATH_INFO"]):
            return self.passwords
        return self.pages

    def stop(self, seconds: float) -> None:
        """Let the threads finish what waits for one, and end."""
        self.hooks.stop(seconds)
