"""The address that links are built from, where the operator has set none."""

from django.conf import settings

from workflows.server.data_lock import served_address


def follow_port(host: str, port: int) -> None:
    """Let links and CSRF origins follow the host and port that a server was told to listen on.

    Only where DECLIC_BASE_URL is not set; then only this machine reaches the server anyway.
    """
    if settings.DECLIC_BASE_URL_IS_SET:
        return
    shown = f"[{host}]" if ":" in host else host
    settings.DECLIC_BASE_URL = f"http://{shown}:{port}"
    settings.CSRF_TRUSTED_ORIGINS = [settings.DECLIC_BASE_URL]


def follow_server() -> None:
    """Let links follow the server that has the data folder, where there is one.

    For commands that run beside it; only where DECLIC_BASE_URL is not set.
    """
    address = served_address(settings.DECLIC_DATA_DIR)
    if address and settings.IS_EMBEDDED and not settings.DECLIC_BASE_URL_IS_SET:
        settings.DECLIC_BASE_URL = address
