"""A value in the address of a link: it never decides what the builder typed."""

import pytest

from messaging.mrkdwn import plain_text
from messaging.mrkdwn.tokens import Names
from workflows.text.template_text import TextValue, compile_text, fill


@pytest.mark.parametrize(
    ("source", "value", "url"),
    [
        # Under the builder's own name: only a name may stand there.
        ("https://{{ v }}.good.example/x", "shop-1", "https://shop-1.good.example/x"),
        ("https://{{ v }}.good.example/x", "eu.shop", "https://eu.shop.good.example/x"),
        ("https://{{ v }}.good.example/x", "evil.example/", None),
        ("https://{{ v }}.good.example/x", "evil.example?", None),
        ("https://{{ v }}.good.example/x", "evil.example#", None),
        ("https://{{ v }}.good.example/x", "evil.example:80/", None),
        ("https://{{ v }}.good.example/x", "evil.example\\", None),
        ("https://{{ v }}.good.example/x", "evil.example\uff0f", None),
        ("https://{{ v }}.good.example/x", "\u202egro.live", None),
        ("https://{{ v }}:8443/x", "shop", "https://shop:8443/x"),
        ("https://{{ v }}:8443/x", "evil.example/", None),
        ("https://{{ v }}@good.example/x", "evil.example/", None),
        # Behind the builder's name: a path and what follows, with its sign.
        ("https://good.example{{ v }}", "", "https://good.example"),
        ("https://good.example{{ v }}", "/a?b#c", "https://good.example/a?b#c"),
        ("https://good.example{{ v }}", ".evil.example", None),
        ("https://good.example{{ v }}", "@evil.example", None),
        ("https://good.example{{ v }}", ":x@evil.example", None),
        ("https://good.example{{ v }}", "\\@evil.example", None),
        ("https://good.example{{ v }}", "-evil.example/x", None),
        ("https://good.example:{{ v }}", "8443/x", "https://good.example:8443/x"),
        ("https://good.example:{{ v }}", "80@evil.example", None),
        ("https://a.{{ v }}/x", "evil.example", None),
        ("https://good.example{{ v }}{{ v }}", "/a", "https://good.example/a/a"),
        ("https://good{{ v }}.example/x", "evil.example/?", None),
        ("HTTPS://good.example{{ v }}", ".evil.example", None),
        # The builder typed no host: the value gives it.
        ("https://{{ v }}", "good.example/x", "https://good.example/x"),
        ("https://{{ v }}/x", "good.example", "https://good.example/x"),
        ("https://{{ v }}", "good.example@evil.example", None),
        ("{{ v }}://good.example/x", "http", "http://good.example/x"),
        ("{{ v }}://good.example/x", "https://evil.example/?", None),
        # Behind the first slash it is only a path.
        ("https://good.example/{{ v }}", "@evil.example", "https://good.example/@evil.example"),
        ("https://good.example/{{ v }}", "/evil.example", "https://good.example//evil.example"),
        # An e-mail address has a host too.
        ("mailto:{{ v }}@good.example", "bob", "mailto:bob@good.example"),
        ("mailto:{{ v }}@good.example", "eve@evil.example?x=", None),
        ("mailto:{{ v }}@good.example", "eve%40evil.example,x", None),
        ("mailto:bob@{{ v }}", "good.example", "mailto:bob@good.example"),
        ("mailto:bob@good.example{{ v }}", ".evil.example", None),
        (
            "mailto:bob@good.example?subject={{ v }}",
            "1&cc=eve@evil.example",
            "mailto:bob@good.example?subject=1%26cc%3Deve%40evil.example",
        ),
    ],
)
def test_no_value_changes_the_host_of_the_builders_link(source, value, url):
    template = compile_text(f"<{source}|T>")
    [paragraph] = body = fill(template, {"v": TextValue(value)})
    assert [one["url"] for one in paragraph["c"] if one["t"] == "link"] == ([url] if url else [])
    if url is None:
        assert value in plain_text(body, Names()), "the reader sees what was sent"
