"""What can be done to workflows: keyword-only, verb first, each one transaction."""

from workflows.services.drafts import (
    DraftProblems,
    Problem,
    draft_problems,
    set_details,
    set_steps,
    set_trigger,
    set_variables,
)
from workflows.services.live_test import NotPublished, send_test_request
from workflows.services.making import copy_workflow, create_workflow, delete_workflow
from workflows.services.managing import (
    add_manager,
    add_self_as_manager,
    hand_over,
    remove_manager,
)
from workflows.services.publishing import (
    PublishProblems,
    publish_workflow,
    unpublish_workflow,
)
from workflows.services.request_urls import (
    NoRequestURL,
    OldURLStillWorks,
    PendingGone,
    cancel_pending_url,
    end_old_url,
    make_pending_url,
    regenerate_url,
    request_url,
    request_urls,
    save_pending_url,
)
from workflows.services.rights import may_build
from workflows.services.versions import DraftChanged, draft_digest, restore_version

__all__ = [
    "DraftChanged",
    "DraftProblems",
    "NoRequestURL",
    "NotPublished",
    "OldURLStillWorks",
    "PendingGone",
    "Problem",
    "PublishProblems",
    "add_manager",
    "add_self_as_manager",
    "cancel_pending_url",
    "copy_workflow",
    "create_workflow",
    "delete_workflow",
    "draft_digest",
    "draft_problems",
    "end_old_url",
    "hand_over",
    "make_pending_url",
    "may_build",
    "publish_workflow",
    "regenerate_url",
    "remove_manager",
    "request_url",
    "request_urls",
    "restore_version",
    "save_pending_url",
    "send_test_request",
    "set_details",
    "set_steps",
    "set_trigger",
    "set_variables",
    "unpublish_workflow",
]
