"""The hook's route, alone: the second handler knows no other."""

from django.urls import path

from workflows.hook.view import HookView

urlpatterns = [path("hooks/workflows/<str:token>", HookView.as_view(), name="hook")]
