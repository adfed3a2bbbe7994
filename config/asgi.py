"""The entry points of ASGI servers: everything on one port, or live updates alone."""

import os
import time
from typing import Any

from django.core.wsgi import get_wsgi_application

from config.hook_handler import HookHandler
from config.lanes import Lanes
from config.request_body import Receive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pages = get_wsgi_application()  # It sets Django up: models may be imported from here on.

from django.conf import settings  # noqa: E402

from config.bridge import Bridge, Scope, Send  # noqa: E402
from messaging.live.application import PATH, LiveApplication, refuse  # noqa: E402


class Application:
    """Live updates natively; everything else through the bridge, or not at all.

    Threads start with the first request. After `stop` the next request starts new ones.
    """

    def __init__(self, *, has_pages: bool = True) -> None:
        self.has_pages = has_pages
        self.hooks = HookHandler()
        self._make_parts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live_as_long(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        elif native := self.native.get(scope["path"]):
            await native(scope, receive, send)
        elif self.has_pages:
            await self.bridge(scope, receive, send)
        else:
            await refuse(send, 404)

    def end_streams(self) -> None:
        """End the live streams, so that a server can finish (in the event loop)."""
        self.live.end_all()

    def stop(self, seconds: float = 10.0) -> None:
        """End the streams, the hub and the threads, within so many seconds (in the event loop)."""
        deadline = time.monotonic() + seconds
        self.live.stop(seconds / 2)
        self.lanes.stop(max(0.0, deadline - time.monotonic()))
        self._make_parts()

    def _make_parts(self) -> None:
        self.lanes = Lanes(settings.DECLIC_THREADS)
        self.live = LiveApplication(self.lanes.pages)
        self.native = {PATH: self.live}  # what Django's routes don't know, by path
        self.bridge = Bridge(pages=pages, hooks=self.hooks, lanes=self.lanes)

    async def _live_as_long(self, receive: Receive, send: Send) -> None:
        while True:
            message: dict[str, Any] = await receive()
            if message["type"] == "lifespan.shutdown":
                self.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


application = Application()
live_application = Application(has_pages=False)
