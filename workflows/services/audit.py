"""Who did what to which workflow: one line in the log `declic.audit`, never a token."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from messaging.models import Member
from workflows.models import Workflow

logger = logging.getLogger("declic.audit")


def record(action: str, *, workflow: Workflow, by: Member | None, **facts: Any) -> None:
    """Write the line once it is done for good, not where it is rolled back.

    It holds IDs and numbers only, so that no name can forge another line.
    """
    told = "".join(f" {name}={value}" for name, value in facts.items())
    who = by.member_id if by else "-"
    write = partial(logger.info, "%s workflow=%s by=%s%s", action, workflow.pk, who, told)
    transaction.on_commit(write)
