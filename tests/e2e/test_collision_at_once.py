"""Two people enter the same customer at the same moment: real transactions, real locks.

A turn is held by a session of ours until both requests wait for it, see test_at_once.
"""

import pytest
from test_at_once import WAIT, Client, at_once

PHONE, VALUE = "+86 137 6666 7771", "8613766667771"
OTHER = "+86 137 6666 7772"
# The turn of whoever enters the phone.
HELD = (
    "INSERT INTO funnel_collision_turn (key, date) VALUES"
    f" (TO_HEX(HASHTEXTEXTENDED('phone {VALUE}', 0)), NOW() AT TIME ZONE 'UTC')"
    " ON CONFLICT (key) DO UPDATE SET date = EXCLUDED.date"
)
SWITCH = "env['res.company'].search([]).is_identity_refused = {}; env.cr.commit()"
CLEAN = """
partners = env["res.partner"].search([("name", "=like", "At Once %")])
env["crm.lead"].search([("partner_name", "=like", "At Once %")]).unlink()
partners.unlink()
env["res.company"].search([]).is_identity_refused = False
env.cr.commit()
"""
PAIRS = """
print(env["funnel.collision"].search_count(
    [("partner_id.name", "=like", "At Once %"), ("state", "=", "open")]))
"""


class Seller(Client):
    def enter(self, *rows):
        """Return the ids, or what it is refused with."""
        path = "/web/dataset/call_kw/res.partner/create"
        params = {
            "model": "res.partner",
            "method": "create",
            "args": [list(rows)],
            "kwargs": {},
        }
        answer = self.session.post(
            self.site.url + path, json={"params": params}, timeout=2 * WAIT
        ).json()
        if "error" in answer:
            return answer["error"]["data"]["message"]
        return answer["result"]


@pytest.fixture(scope="module")
def sellers(demo_site):
    return [Seller(demo_site, login) for login in ("orderdesk", "both")]


@pytest.fixture
def clean(demo_site):
    yield
    demo_site.execute(CLEAN)


def rows(names, phones):
    return [
        {"name": f"At Once {name}", "phone": phone, "is_company": True}
        for name, phone in zip(names, phones, strict=True)
    ]


def test_one_of_two_is_refused(demo_site, sellers, clean):
    demo_site.execute(SWITCH.format(True))
    said = at_once(
        demo_site,
        HELD,
        lambda: sellers[0].enter(*rows(["Ordo"], [PHONE])),
        lambda: sellers[1].enter(*rows(["Bovis"], [PHONE])),
    )
    refused = [text for text in said if isinstance(text, str)]
    assert len(refused) == 1
    assert "same phone as \u2068At Once" in refused[0]


def test_both_are_a_pair_where_nothing_is_refused(demo_site, sellers, clean):
    # Many rows in one order, and in the other: nobody waits for who waits for him.
    first = rows(["Ordo", "Tilia"], [PHONE, OTHER])
    second = rows(["Bovis", "Quercus"], [OTHER, PHONE])
    said = at_once(
        demo_site,
        HELD,
        lambda: sellers[0].enter(*first),
        lambda: sellers[1].enter(*second),
    )
    assert all(isinstance(ids, list) for ids in said), said
    assert demo_site.execute(PAIRS).split()[-1] == "2"
