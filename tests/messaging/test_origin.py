"""Forms of pages without a referrer post; forms of other sites don't."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    page = client.get("/settings")
    assert page.status_code == 200
    token = client.cookies["csrftoken"].value

    def send(token=token, **headers):
        data = {"csrfmiddlewaretoken": token}
        return client.post("/sign-out", data, headers=headers).status_code

    return send


def test_a_form_of_a_page_without_referrer_is_taken(post):
    assert post(origin="null", sec_fetch_site="same-origin") == 302


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_a_form_of_another_site_is_refused(post, site):
    assert post(origin="null", sec_fetch_site=site) == 403


def test_the_token_is_asked_for_all_the_same(post):
    assert post(token="x" * 32, origin="null", sec_fetch_site="same-origin") == 403


def test_another_origin_is_refused_whatever_it_says_of_itself(post):
    assert post(origin="https://evil.example", sec_fetch_site="same-origin") == 403
