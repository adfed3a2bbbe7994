"""The routes of the workflow pages."""

from django.urls import path, register_converter

from messaging.requests.converters import PublicIDConverter
from workflows.activity import replay_views, run_views
from workflows.builder import preview_views, urls
from workflows.versions import publish_views, version_views
from workflows.views import detail, listing, making, managers, request_url, shortcuts

register_converter(PublicIDConverter, "public_id")

app_name = "workflows"

urlpatterns = [
    path("", listing.workflows, name="list"),
    *urls.urlpatterns,
    path("all", listing.published, name="published"),
    path("about/<int:pk>", listing.about, name="about"),
    path("shortcuts/<int:pk>/start", shortcuts.start, name="start_shortcut"),
    path("<int:pk>/", detail.detail, name="detail"),
    path("<int:pk>/url", detail.reveal, name="reveal"),
    path("<int:pk>/test", detail.test, name="test"),
    path("<int:pk>/preview", preview_views.show, name="preview"),
    path("<int:pk>/preview/test", preview_views.send_test, name="send_draft_test"),
    path("<int:pk>/file", detail.export, name="export"),
    path("<int:pk>/publish", publish_views.publish, name="publish"),
    path(
        "<int:pk>/publish/optional/<int:variable_key>",
        publish_views.make_optional,
        name="make_optional",
    ),
    path("<int:pk>/versions", version_views.versions, name="versions"),
    path("<int:pk>/versions/<int:number>/restore", version_views.restore, name="restore_version"),
    path("<int:pk>/unpublish", publish_views.unpublish, name="unpublish"),
    path("<int:pk>/regenerate", request_url.regenerate, name="regenerate"),
    path("<int:pk>/regenerate/url", request_url.reveal_pending, name="reveal_pending"),
    path("<int:pk>/regenerate/save", request_url.save_url, name="save_url"),
    path("<int:pk>/regenerate/cancel", request_url.cancel_url, name="cancel_url"),
    path("<int:pk>/old-url/end", request_url.end_old, name="end_old_url"),
    path("<int:pk>/runs", run_views.runs, name="runs"),
    path("<int:pk>/runs.csv", run_views.export, name="runs_csv"),
    path("<int:pk>/runs/<public_id:run_id>", run_views.run, name="run"),
    path("<int:pk>/runs/<public_id:run_id>/replay", replay_views.replay, name="replay"),
    path("<int:pk>/runs/rejected/<int:sample_key>", run_views.refusal, name="refusal"),
    path("<int:pk>/managers", managers.managers, name="managers"),
    path("<int:pk>/managers/<public_id:member_id>/remove", managers.remove, name="remove_manager"),
    path("<int:pk>/join", managers.join, name="join"),
    path("<int:pk>/copy", making.copy, name="copy"),
    path("<int:pk>/delete", making.delete, name="delete"),
]
