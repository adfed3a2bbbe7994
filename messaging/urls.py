"""The routes of members, channels and messages."""

from django.urls import path

app_name = "messaging"

urlpatterns: list = []  # type: ignore[type-arg]
