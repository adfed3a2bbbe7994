"""What every test starts from: who is skipped and why, the cast, clean caches."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.serving import served_app, served_process  # noqa: F401 (fixtures)

if TYPE_CHECKING:
    from messaging.models import Channel, Member

IS_GATE = os.environ.get("DECLIC_GATE") == "1"  # .ci/run sets it: there a skip is an error
CHROMIUM = os.environ.get("DECLIC_CHROMIUM", "/usr/bin/chromium")
SLACK = Path(__file__).parent / "node" / "node_modules" / "@slack" / "webhook"
PAYLOADS = Path(settings.BASE_DIR).parent / "shared" / "payloads"

# No time limits in tests: the machine may be busy.
hypothesis_settings.register_profile(
    "declic", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("declic")


# --- Who is skipped, and why ---------------------------------------------------------------------


def is_scaled_out() -> bool:
    return settings.DATABASE_URL.startswith("postgres") and bool(settings.REDIS_URL)


def reason_to_skip(item: pytest.Item) -> str:
    """Return why the machine can't run the test, or nothing."""
    if item.get_closest_marker("browser") and not shutil.which(CHROMIUM):
        return f"no Chromium at {CHROMIUM} (Debian: apt install chromium; or set DECLIC_CHROMIUM)"
    if item.get_closest_marker("scaled_out") and not is_scaled_out():
        return "no PostgreSQL and Redis (set DATABASE_URL and REDIS_URL)"
    if item.get_closest_marker("embedded") and settings.DATABASE_URL:
        return "about SQLite only (unset DATABASE_URL)"
    if item.get_closest_marker("payloads") and not PAYLOADS.is_dir():
        return "no folder shared/payloads beside the clone"
    if item.get_closest_marker("gettext") and not shutil.which("xgettext"):
        return "no GNU gettext (Debian: apt install gettext)"
    if item.get_closest_marker("node") and not (shutil.which("node") and SLACK.is_dir()):
        return "no Node.js with Slack's client (apt install nodejs npm; npm ci in tests/node)"
    return ""


def belongs_to_the_other_run(item: pytest.Item) -> bool:
    """The gate runs the suite on SQLite, then on PostgreSQL: each such test counts in one."""
    if item.get_closest_marker("scaled_out"):
        return not is_scaled_out()
    return bool(item.get_closest_marker("embedded") and settings.DATABASE_URL)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright leaves an event loop in the thread, Django minds it."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if IS_GATE:
        elsewhere = [item for item in items if belongs_to_the_other_run(item)]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if not belongs_to_the_other_run(item)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if reason := reason_to_skip(item):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    may_skip = item.get_closest_marker("payloads") and not PAYLOADS.is_dir()
    return report if may_skip else as_error_in_the_gate(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    return as_error_in_the_gate(report)


def as_error_in_the_gate(report):
    if IS_GATE and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Skipped in the gate, where a skip is an error: {report.longrepr}"
    return report


# --- What a test leaves behind is taken away -----------------------------------------------------


@pytest.fixture(autouse=True)
def _nothing_stays_in_caches() -> Iterator[None]:
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()
    if plan := sys.modules.get("workflows.runs.plan"):  # a rolled-back test's keys come again
        plan.plan_of.cache_clear()


@pytest.fixture(autouse=True)
def _nobody_has_chosen_a_language() -> Iterator[None]:
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _refusals_are_written_when_a_test_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    if apps.ready:
        from workflows.hook import refusal_tally

        monkeypatch.setattr(refusal_tally, "tally", refusal_tally.Tally(wake=lambda: None))


# --- The cast: builders are imported late, so that pure tests run without the application ---------


def build(builder: str, *args, **fields):
    from tests import builders

    return getattr(builders, builder)(*args, **fields)


@pytest.fixture
def alice(db: None) -> "Member":
    """A member; she manages the workflow."""
    return build("make_member", "Alice")


@pytest.fixture
def bob(db: None) -> "Member":
    """A member; he is in the workflow's channel."""
    return build("make_member", "Bob")


@pytest.fixture
def charlie(db: None) -> "Member":
    """A member, but a stranger to the channel and the workflow: he is refused."""
    return build("make_member", "Charlie")


@pytest.fixture
def dana(db: None) -> "Member":
    """A team admin."""
    return build("make_admin", "Dana")


@pytest.fixture
def gus(db: None) -> "Member":
    """A guest."""
    return build("make_guest", "Gus")


@pytest.fixture
def support(alice: "Member", bob: "Member") -> "Channel":
    """The public channel #support of Alice, with Bob in it."""
    return build("make_channel", "support", by=alice, members=(bob,))


@pytest.fixture
def secret(alice: "Member", bob: "Member") -> "Channel":
    """The private channel #secret of Alice, with Bob in it."""
    return build("make_channel", "secret", by=alice, members=(bob,), is_private=True)


@pytest.fixture
def signed_in(db: None) -> Callable[["Member"], Client]:
    """Return a client for a member who is signed in."""

    def sign_in(member: "Member") -> Client:
        client = Client()
        client.force_login(member)
        return client

    return sign_in


# --- Files beside the clone ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def payload_folder() -> Path:
    """The folder of real webhook bodies; tests that ask for it carry the mark `payloads`."""
    return PAYLOADS
