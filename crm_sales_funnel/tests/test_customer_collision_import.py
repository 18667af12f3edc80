from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged

from ..models.customer import funnel_collision_hidden, funnel_collision_turn
from ..tools.limiter import Limiter
from .collision_common import XINHANG
from .test_customer_collision_news import PHONE, NewsCommon

OPTIONS = {
    "quoting": '"',
    "separator": ",",
    "has_headers": True,
    "encoding": "utf-8",
}


@tagged("post_install", "-at_install")
class TestCustomerCollisionImport(NewsCommon):
    """Files of customers and leads."""

    def setUp(self):
        super().setUp()
        self.limiter = Limiter(60, 3600)
        self.patch(funnel_collision_hidden, "_told", self.limiter)

    def read_file(self, text, dryrun=False, user=None, model="res.partner", **context):
        """Import a file as the dialog does, in a request."""
        reader = self.as_user("base_import.import", user).with_context(**context)
        file = reader.create(
            {
                "res_model": model,
                "file": text.encode(),
                "file_name": "a.csv",
                "file_type": "text/csv",
            }
        )
        columns = text.partition("\n")[0].split(",")
        # Turns are taken in a request alone.
        with patch.object(funnel_collision_turn, "request", True):
            return file.execute_import(
                [column.lower() for column in columns], columns, OPTIONS, dryrun=dryrun
            )

    def turns(self):
        return self.env["funnel.collision.turn"].sudo().search_count([])

    def test_a_test_takes_no_turns(self):
        text = "Name,Phone\nGood,13500000001\n"
        before = self.turns()
        self.assertTrue(self.read_file(text, dryrun=True)["ids"])
        # It undoes what it did, and would have given the turns back in the end.
        taken = []
        self.patch(
            type(self.env["funnel.collision.turn"]),
            "invalidate_model",
            lambda *args: taken.append(True),
        )
        self.assertTrue(self.read_file(text, dryrun=True)["ids"])
        self.assertFalse(taken)
        # What a client says is not believed.
        for said in (True, {"is_test": True}, 1):
            self.assertTrue(self.read_file(text, funnel_collision_import=said)["ids"])
        self.assertEqual(len(taken), 3)
        self.assertGreater(self.turns(), before)

    def test_a_lost_turn_is_told_to_odoo(self):
        """Which repeats the request then; see also tests/e2e."""
        Turn = type(self.env["funnel.collision.turn"])
        lost = SerializationFailure("could not serialize access")
        calls = []

        def lose(*args):
            calls.append(True)
            raise lost

        self.patch(Turn, "_take", lose)
        for model in ("res.partner", "crm.lead"):
            with self.assertRaises(SerializationFailure) as raised:
                self.as_user(model).load(["name", "phone"], [["A", "1"], ["B", "2"]])
            self.assertIs(raised.exception, lost)
        # Nobody waits for the others of a file that is repeated anyway.
        self.assertEqual(len(calls), 2)

    def test_an_import_tells_of_nothing_hidden_and_costs_nothing(self):
        lead_phone = self.lead.phone
        rows = [["Seen", PHONE], ["Hidden", lead_phone]]
        for partners in (
            self.as_user("res.partner"),
            self.as_user("res.partner").with_context(import_file=True),
        ):
            result = partners.load(["name", "phone"], rows)
            told = " ".join(row["message"] for row in result["messages"])
            self.assertFalse(result["ids"])
            self.assertEqual({row["record"] for row in result["messages"]}, {0, 1})
            self.assertIn(XINHANG, told)
            self.assertNotIn(self.lead.partner_name, told)
        self.assertFalse(any(self.limiter._had.values()))
        result = self.as_user("crm.lead").load(["name", "phone"], rows[1:])
        self.assertNotIn(self.lead.partner_name, result["messages"][0]["message"])
        self.assertFalse(any(self.limiter._had.values()))

    def test_what_is_entered_by_an_import_costs_nothing(self):
        self.company.is_identity_refused = False
        partners = self.as_user("res.partner").with_context(tracking_disable=False)
        self.assertTrue(
            partners.load(["name", "phone"], [["A", self.lead.phone]])["ids"]
        )
        self.assertFalse(any(self.limiter._had.values()))
