"""Two people enter the same customer at the same moment: real transactions, real locks.

A turn is held by a session of ours until both requests wait for it, see test_at_once.
"""

import base64
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_at_once import WAIT, Client, at_once, held

PHONE, VALUE = "+86 137 6666 7771", "8613766667771"
OTHER = "+86 137 6666 7772"
# A turn; and that of whoever enters the phone.
TURN = (
    "INSERT INTO funnel_collision_turn (key, date) VALUES"
    " ({}, NOW() AT TIME ZONE 'UTC')"
    " ON CONFLICT (key) DO UPDATE SET date = EXCLUDED.date"
)
HELD = TURN.format(f"TO_HEX(HASHTEXTEXTENDED('phone {VALUE}', 0))")
WIZARD = "funnel.collision.override.wizard"
OPTIONS = {
    "quoting": '"',
    "separator": ",",
    "has_headers": True,
    "encoding": "utf-8",
}
SWITCH = "env['res.company'].search([]).is_identity_refused = {}; env.cr.commit()"
CLEAN = """
partners = env["res.partner"].search([("name", "=like", "At Once %")])
env["crm.lead"].search([("partner_name", "=like", "At Once %")]).unlink()
env["funnel.collision.override"].search([("reason", "=like", "At Once %")]).unlink()
partners.unlink()
env["res.company"].search([]).is_identity_refused = False
env.cr.commit()
"""
PAIRS = """
print(env["funnel.collision"].search_count(
    [("partner_id.name", "=like", "At Once %"), ("state", "=", "open")]))
"""


class Seller(Client):
    def ask(self, model, method, *args, **kwargs):
        """Return the answer, or the error."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.session.post(
            f"{self.site.url}/web/dataset/call_kw/{model}/{method}",
            json={"params": params},
            timeout=2 * WAIT,
        ).json()
        return answer.get("result"), answer.get("error", {}).get("data")

    def enter(self, *rows):
        """Return the ids, or what it is refused with."""
        ids, error = self.ask("res.partner", "create", list(rows))
        return error["message"] if error else ids

    def read(self, rows, dryrun=False):
        """Import rows from a file; what the dialog is told."""
        lines = ["Name,Phone", *(f"{row['name']},{row['phone']}" for row in rows)]
        values = {
            "res_model": "res.partner",
            "file_name": "a.csv",
            "file_type": "text/csv",
        }
        key = self.call("base_import.import", "create", values)
        self.call("base_import.import", "write", [key], {"file": "\n".join(lines)})
        return self.call(
            "base_import.import",
            "execute_import",
            [key],
            ["name", "phone"],
            ["Name", "Phone"],
            OPTIONS,
            dryrun=dryrun,
        )


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


# Files: Odoo takes what another transaction has won for an error of each row.


def told(answer):
    return " ".join(message["message"] for message in answer["messages"])


def test_an_import_is_repeated(demo_site, sellers, clean):
    """Also the one that lost the turn for good: who held it has entered the same."""
    demo_site.execute(SWITCH.format(True))
    lines = rows(["Bovis", "Quercus"], [PHONE, OTHER])
    with ThreadPoolExecutor(1) as pool:
        with held(demo_site.database, HELD) as come_to_wait:
            running = pool.submit(sellers[1].read, lines)
            come_to_wait(1)
            come_to_wait.args[0].connection.commit()
        answer = running.result(2 * WAIT)
    assert answer["ids"], answer


def test_an_import_and_an_entry(demo_site, sellers, clean):
    demo_site.execute(SWITCH.format(True))
    entered, answer = at_once(
        demo_site,
        HELD,
        lambda: sellers[0].enter(*rows(["Ordo"], [PHONE])),
        lambda: sellers[1].read(rows(["Bovis", "Quercus"], [PHONE, OTHER])),
    )
    assert isinstance(entered, list) != bool(answer["ids"])
    text = told(answer) or entered
    assert "same phone as \u2068At Once" in text
    assert "serialize" not in text


def test_two_imports_cross(demo_site, sellers, clean):
    demo_site.execute(SWITCH.format(True))
    assert sellers[0].enter(*rows(["Ordo"], [PHONE])) != []
    phones = [f"+86 137 6666 {number}" for number in range(8000, 8040)]
    # A bad row: each row is tried alone.
    phones.append(PHONE)
    names = [str(number) for number in range(len(phones))]
    answers = at_once(
        demo_site,
        HELD.replace(VALUE, "8613766668020"),
        lambda: sellers[0].read(rows(names, [*phones[:40], "+86 137 6666 8100"])),
        lambda: sellers[1].read(rows(names, [phones[40], *reversed(phones[:40])])),
    )
    text = " ".join(map(told, answers))
    for word in ("serialize", "deadlock", "Unknown"):
        assert word not in text, text
    assert answers[1]["ids"] is False


def test_the_test_of_an_import_lets_nobody_wait(demo_site, sellers, clean):
    demo_site.execute(SWITCH.format(True))
    with held(demo_site.database, HELD):
        answer = sellers[1].read(rows(["Bovis"], [PHONE]), dryrun=True)
    assert answer["ids"], answer


def test_one_of_two_answers_counts(demo_site, sellers, clean):
    demo_site.execute(SWITCH.format(True))
    sellers[0].enter(*rows(["Ordo"], [PHONE]))
    manager = Seller(demo_site, "manager")
    _none, error = manager.ask("res.partner", "create", rows(["Bovis"], [PHONE]))
    context = error["arguments"][3]
    token = base64.urlsafe_b64decode(context["default_token"] + "===")
    refusal = re.search(rb'"([0-9a-f]{32})"', token)[1].decode()
    wizards = [
        manager.call(WIZARD, "create", {"reason": f"At Once {number}"}, context=context)
        for number in range(2)
    ]
    answers = at_once(
        demo_site,
        TURN.format(f"'{refusal}'"),
        *(
            lambda key=key: manager.ask(WIZARD, "action_override", [key])
            for key in wizards
        ),
    )
    errors = [error["message"] for _answer, error in answers if error]
    assert errors == ["A reason was given for this already."]
    assert isinstance(manager.enter(*rows(["Bovis"], [PHONE])), list)
    assert isinstance(manager.enter(*rows(["Bovis"], [PHONE])), str)
