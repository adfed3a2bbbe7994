"""What the demo's people are and said: data only."""

from typing import Any

# name → what `create_member` takes besides the address and the password
PEOPLE: dict[str, dict[str, Any]] = {
    "alice": {"display_name": "Alice Martin", "role": "owner", "time_zone": "Europe/Paris"},
    "bob": {"display_name": "Bob Larsen", "time_zone": "Europe/Copenhagen"},
    "camille": {
        "display_name": "Camille Laurent",
        "member_id": "U123456789",
        "language": "fr",
        "time_zone": "Europe/Paris",
    },
    "dana": {"display_name": "Dana Okafor", "role": "admin", "time_zone": "Europe/London"},
    "emil": {"display_name": "Emil Novak", "time_zone": "Europe/Prague"},
    "farah": {"display_name": "Farah Haddad", "language": "fr", "time_zone": "Europe/Paris"},
    "hugo": {"display_name": "Hugo Silva", "time_zone": "Europe/Lisbon"},
    "gus": {"display_name": "Gus Berger", "role": "guest", "time_zone": "Europe/Berlin"},
}

# name → topic, whether it is private, who is in it besides Alice
CHANNELS: dict[str, tuple[str, bool, list[str]]] = {
    "general": (
        "For everybody: news and what concerns all.",
        False,
        ["bob", "camille", "dana", "emil", "farah", "hugo"],
    ),
    "support": (
        "Tickets from the help desk. First answer within two hours.",
        False,
        ["bob", "camille", "dana", "gus"],
    ),
    "deploys": ("What went live, and when.", False, ["emil", "hugo", "dana"]),
    "incidents": ("One thread for each incident, calm and short.", False, ["emil", "dana", "bob"]),
    "pricing": ("Season prices. Stays between us until March.", True, ["dana", "farah"]),
}

# days ago, hour, minute, channel, who (“ticket”: the workflow), what
SAID: list[tuple[int, int, int, str, str, str]] = [
    (4, 8, 58, "general", "alice", "Good morning, and welcome to our new workspace :wave:"),
    (4, 9, 4, "general", "bob", "Morning! It loads faster than I can find my coffee."),
    (4, 9, 5, "general", "camille", "Bonjour à tous :coffee:"),
    (4, 9, 30, "support", "dana", "From today the help desk posts each new ticket here by itself."),
    (
        4,
        10,
        12,
        "support",
        "ticket",
        "New ticket https://desk.example/4702 for <@U123456789>",
    ),
    (4, 10, 15, "support", "camille", "I take it: a bent brake lever, the part is in stock."),
    (4, 14, 20, "deploys", "emil", "*web-shop 4.11.2* is live. Only the size table changed."),
    (3, 9, 2, "general", "farah", "The _autumn catalogue_ is at the printer. Proofs on my desk."),
    (3, 9, 40, "support", "ticket", "New ticket https://desk.example/4705 for <@U123456789>"),
    (
        3,
        9,
        55,
        "support",
        "camille",
        "Answered. The saved answer `courier-delay` fits this one well.",
    ),
    (3, 11, 31, "incidents", "emil", "Payments answer slowly since 11:20. Looking into it."),
    (
        3,
        11,
        48,
        "incidents",
        "emil",
        "The bank's side. They say it is mended; I watch for an hour.",
    ),
    (3, 12, 51, "incidents", "dana", "Quiet since. Thank you, Emil."),
    (
        3,
        15,
        5,
        "pricing",
        "dana",
        "Draft for March:\n- city bikes +3 %\n- e-bikes as they are\n- service _plus_ 49 €",
    ),
    (2, 8, 45, "general", "hugo", "Workshop is closed on Thursday morning for the new lift."),
    (2, 10, 3, "support", "ticket", "New ticket https://desk.example/4708 for <@U123456789>"),
    (2, 10, 20, "support", "bob", "Same customer as 4702. I write to them with both answers."),
    (2, 16, 33, "deploys", "hugo", "*stock-api 2.8.0* is live.\n> Reservations end by themselves."),
    (2, 17, 2, "pricing", "farah", "I like it. Can we round to whole tens?"),
    (
        1,
        9,
        10,
        "general",
        "alice",
        "Reminder: handover notes in <https://wiki.example/handover|the wiki>.",
    ),
    (1, 9, 26, "support", "ticket", "New ticket https://desk.example/4710 for <@U123456789>"),
    (
        1,
        9,
        31,
        "support",
        "bob",
        "4710 is answered. The customer picks the kit up on Thursday. :tada:",
    ),
    (1, 16, 42, "support", "dana", "The courier picks up at 16:00 from tomorrow."),
    (1, 17, 15, "general", "emil", "Backups moved to the new machine, restore tried. All good."),
]
