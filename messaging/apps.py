"""Messaging's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Members, channels and messages."""

    name = "messaging"
    verbose_name = _("Messaging")
