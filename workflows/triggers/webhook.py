"""Start from a webhook: an external service POSTs JSON to the secret request URL."""

from django.utils.translation import gettext_lazy as _

from workflows.registry import trigger_kinds
from workflows.triggers.base import TriggerKind


@trigger_kinds.register
class Webhook(TriggerKind):
    """Start when the request URL gets a request; its JSON gives the variables."""

    kind = "webhook"
    label = _("Webhook")
    help = _("Another service posts JSON to a secret URL.")
    stops = _("Connected services get 404 from then on.")
    takes_variables = True
    has_request_url = True
