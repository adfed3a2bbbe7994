"""Coming in: sign-in, the first run with the printed code, an address that is not ours."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from messaging.models import Member
from tests.browser.conftest import OpenAs, listen_for_complaints
from tests.serving import ServedProcess

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_a_member_signs_in_reads_a_channel_and_signs_out(
    open_as: OpenAs, alice: Member, support: Any
) -> None:
    page = open_as(None, support.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")

    page.get_by_label("E-mail address").fill("alice@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")

    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("support")

    page.get_by_role("link", name="your profile and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
    page.goto(support.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")


def test_the_owner_is_made_with_the_code_that_the_server_printed(
    browser: Browser, served_process: ServedProcess, complaints: list[str]
) -> None:
    served_process.start()
    code = re.search(r"code: (\S+)", served_process._stdout().readline())[1]
    context = browser.new_context(base_url=served_process.url, locale="en-GB")
    page = context.new_page()
    listen_for_complaints(page, complaints)
    page.goto("/")

    fill_in(page, code="WRON-GWRO-NGWR-ONGW")
    expect(page.get_by_text("This is not the code that the server printed.")).to_be_visible()
    fill_in(page, code=code)

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Welcome, Olivia. The workspace is yours."
    )
    page.get_by_role("link", name="Look around first").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("general")
    context.close()


def fill_in(page: Any, *, code: str) -> None:
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Name of the workspace").fill("Harbour Bikes")
    page.get_by_label("Your name").fill("Olivia")
    page.get_by_label("Your e-mail address").fill("olivia@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create the workspace").click()


def test_an_address_that_is_not_ours_gets_a_page_that_names_the_setting(
    open_as: OpenAs, settings: Any, db: None
) -> None:
    settings.ALLOWED_HOSTS = ["declic.example"]
    settings.DECLIC_BASE_URL = "https://declic.example"

    page = open_as(None, "/channels/C12345678")

    expect(page.get_by_role("heading", level=1)).to_have_text("This workspace has another address")
    page.get_by_text("I run this server").click()
    expect(page.get_by_text("DECLIC_BASE_URL=https://")).to_be_visible()
    expect(page.get_by_text("declic.example")).to_have_count(0)
