"""The routes of the builder and of new workflows."""

from django.urls import path

from workflows.views import builder, builder_parts, create

urlpatterns = [
    path("new", create.new, name="new"),
    path("new/ready", create.from_gallery, name="new_from_gallery"),
    path("import", create.from_file, name="import"),
    path("new/copy", create.from_mine, name="new_from_mine"),
    path("<int:pk>/edit", builder.edit, name="edit"),
    path("<int:pk>/edit/details", builder.details, name="edit_details"),
    path("<int:pk>/edit/trigger", builder.trigger, name="edit_trigger"),
    path("<int:pk>/edit/trigger/kind", builder.trigger_kind, name="edit_trigger_kind"),
    path("<int:pk>/edit/steps", builder_parts.add_step_view, name="edit_add_step"),
    path("<int:pk>/edit/steps/<int:step_key>", builder.step, name="edit_step"),
    path("<int:pk>/edit/steps/<int:step_key>/copy", builder_parts.copy, name="edit_copy_step"),
    path("<int:pk>/edit/steps/<int:step_key>/move", builder_parts.move_step, name="edit_move_step"),
    path(
        "<int:pk>/edit/steps/<int:step_key>/remove",
        builder_parts.remove_step,
        name="edit_remove_step",
    ),
    path("<int:pk>/edit/variables", builder_parts.add_variable_view, name="edit_add_variable"),
    path("<int:pk>/edit/variables/<int:variable_key>", builder.variable, name="edit_variable"),
    path(
        "<int:pk>/edit/variables/<int:variable_key>/move",
        builder_parts.move_variable,
        name="edit_move_variable",
    ),
    path(
        "<int:pk>/edit/variables/<int:variable_key>/remove",
        builder_parts.remove_variable,
        name="edit_remove_variable",
    ),
    path("<int:pk>/edit/restore/<int:removed_key>", builder_parts.restore, name="edit_restore"),
    path("<int:pk>/edit/rename", builder_parts.rename, name="edit_rename"),
]
