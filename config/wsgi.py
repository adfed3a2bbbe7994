"""The entry point of WSGI servers: pages and hooks."""

import os

from django.core.wsgi import get_wsgi_application

from config.hook_handler import HookHandler, TwoWays

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = TwoWays(pages=get_wsgi_application(), hooks=HookHandler())
