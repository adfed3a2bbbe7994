"""The entry point that Django's own tools ask for; `manage.py serve` is how Declic is served.

A WSGI server in its place has no bound on how slowly a body may come, and lets header names with
underscores pass for others.
"""

import os

from django.core.wsgi import get_wsgi_application

from config.hook_handler import HookHandler, TwoWays

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = TwoWays(pages=get_wsgi_application(), hooks=HookHandler())
