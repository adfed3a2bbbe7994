"""The routes of the workflow pages."""

from django.urls import path
from django.views.generic import TemplateView

app_name = "workflows"
stub = TemplateView.as_view(template_name="base.html")

urlpatterns = [
    path("", stub, name="list"),
    path("<int:pk>/", stub, name="detail"),
    path("<int:pk>/runs/<str:run_id>", stub, name="run"),
    path("about/<int:pk>", stub, name="about"),
]
