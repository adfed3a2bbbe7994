"""The routes of the builder and of new workflows."""

from django.urls import path

from workflows.builder import create_views, edit_views, part_views

urlpatterns = [
    path("new", create_views.new, name="new"),
    path("new/ready", create_views.from_gallery, name="new_from_gallery"),
    path("import", create_views.from_file, name="import"),
    path("new/copy", create_views.from_mine, name="new_from_mine"),
    path("<int:pk>/edit", edit_views.edit, name="edit"),
    path("<int:pk>/edit/details", edit_views.details, name="edit_details"),
    path("<int:pk>/edit/trigger", edit_views.trigger, name="edit_trigger"),
    path("<int:pk>/edit/trigger/kind", edit_views.trigger_kind, name="edit_trigger_kind"),
    path("<int:pk>/edit/steps", part_views.add_step_view, name="edit_add_step"),
    path("<int:pk>/edit/steps/<int:step_key>", edit_views.step, name="edit_step"),
    path("<int:pk>/edit/steps/<int:step_key>/copy", part_views.copy, name="edit_copy_step"),
    path("<int:pk>/edit/steps/<int:step_key>/move", part_views.move_step, name="edit_move_step"),
    path(
        "<int:pk>/edit/steps/<int:step_key>/remove",
        part_views.remove_step,
        name="edit_remove_step",
    ),
    path("<int:pk>/edit/variables", part_views.add_variable_view, name="edit_add_variable"),
    path("<int:pk>/edit/variables/<int:variable_key>", edit_views.variable, name="edit_variable"),
    path(
        "<int:pk>/edit/variables/<int:variable_key>/move",
        part_views.move_variable,
        name="edit_move_variable",
    ),
    path(
        "<int:pk>/edit/variables/<int:variable_key>/remove",
        part_views.remove_variable,
        name="edit_remove_variable",
    ),
    path("<int:pk>/edit/restore/<int:removed_key>", part_views.restore, name="edit_restore"),
    path("<int:pk>/edit/rename", part_views.rename, name="edit_rename"),
]
