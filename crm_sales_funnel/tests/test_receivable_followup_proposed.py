"""What a follow-up tells of before it is carried out: no row of its own, all to see."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .followup_common import TODAY, FollowupSendCommon

ITEM = {
    name: {}
    for name in (
        "move_id",
        "invoice_date",
        "due_date",
        "days_overdue",
        "kind",
        "remark",
        "amount",
        "amount_open",
    )
}


@tagged("post_install", "-at_install")
class TestReceivableFollowupProposed(FollowupSendCommon):
    def read_form(self, line, user):
        """Return the items of a line as its form reads them."""
        line.invalidate_recordset()
        self.env["funnel.followup.item"].invalidate_model()
        line = line.with_user(self.users[user]).with_company(self.company)
        (values,) = line.web_read({"item_ids": {"fields": ITEM}})
        return values["item_ids"]

    def rows(self, lines):
        """Return how many items are written down."""
        self.env.cr.execute(
            "SELECT COUNT(*) FROM funnel_followup_item WHERE line_id = ANY(%s)",
            [lines.ids],
        )
        return self.env.cr.fetchone()[0]

    def write_down(self, line):
        """Make a line that is proposed what the earlier version wrote."""
        (proposal,) = self.propose()
        line._write_items({line.id: proposal})
        line.proposed_items = False
        self.assertEqual(self.rows(line), len(proposal.item_ids))

    def assert_open(self, line, amount, paid):
        self.env.invalidate_all()
        self.assertEqual((line.amount_open, line.is_paid), (amount, paid))
        for value in (True, False):
            found = self.lines([("id", "=", line.id), ("is_paid", "=", value)])
            self.assertEqual(bool(found), paid == value)

    # ------------------------------------------------------------------
    # What is written
    # ------------------------------------------------------------------

    def test_no_item_is_written_and_no_row_of_the_ledger_is_locked(self):
        items = self.open_items(self.overdue(100, 20), self.overdue(50, 2))
        locks = (
            "SELECT COUNT(*) FROM account_move_line WHERE xmax <> 0 AND id = ANY(%s)"
        )
        line = self.prepare()
        self.assertEqual(self.rows(line), 0)
        self.env.cr.execute(locks, [items.ids])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.send(line)
        self.assertEqual(self.rows(line), 2)
        self.assertFalse(line.proposed_items)
        self.assertEqual(line.item_ids.move_line_id, items)
        self.env.cr.execute(locks, [items.ids])
        self.assertEqual(self.env.cr.fetchone()[0], 2)

    def test_nobody_to_follow_up_leaves_no_run(self):
        self.assertFalse(self.prepare())
        runs = self.env["funnel.followup.run"].sudo()
        self.assertFalse(runs.search([("company_id", "=", self.company.id)]))

    def test_preparing_anew_leaves_nothing_of_what_was_proposed(self):
        theirs = self.customer.copy({"name": "Theirs"})
        self.overdue(100, 20)
        self.overdue(50, 20, partner_id=theirs.id)
        lines = self.prepare()
        told = lines.filtered(lambda line: line.partner_id == theirs)
        message = told.message_post(body="Wait for the fair")
        told.message_subscribe(theirs.ids)
        attachment = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": told._name, "res_id": told.id}
        )
        follower = told.message_follower_ids
        self.assertTrue(follower)
        self.env.flush_all()
        anew = self.prepare(self.day(1))
        self.assertEqual(len(anew), 2)
        self.assertFalse(lines.exists())
        for record in (message, attachment, follower):
            self.assertFalse(record.exists(), record)
        self.assertEqual(anew.run_id.line_ids, anew)

    def test_preparing_anew_touches_no_other_company(self):
        self.overdue(100, 20)
        line = self.prepare()
        other = self.setup_other_company()["company"]
        self.env["funnel.followup.run"].sudo()._prepare(other, TODAY)
        self.assertEqual(line.exists(), line)

    # ------------------------------------------------------------------
    # What is seen
    # ------------------------------------------------------------------

    def test_the_form_tells_of_its_items(self):
        late, later = self.overdue(100, 20), self.overdue(50, 2)
        expected = [
            {
                "move_id": move.id,
                "invoice_date": str(move.invoice_date),
                "due_date": str(move.invoice_date_due),
                "days_overdue": days,
                "kind": "chased",
                "remark": False,
                "amount": amount,
                "amount_open": amount,
            }
            for move, days, amount in ((late, 20, 100), (later, 2, 50))
        ]
        line = self.prepare()
        for user in ("finance", "salesperson", "manager"):
            with self.subTest(user):
                items = [
                    {
                        name: str(value) if name.endswith("_date") else value
                        for name, value in item.items()
                        if name != "id"
                    }
                    for item in self.read_form(line, user)
                ]
                self.assertEqual(items, expected)
        self.assertIn(late.name, line.preview)

    def test_a_statement_tells_of_what_is_not_due_too(self):
        self.overdue(100, 20)
        self.overdue(7, -10)
        self.receive(30, str(TODAY))
        told = [("chased", 100), ("credit", -30)]
        for with_statement in (False, True):
            with self.subTest(with_statement):
                self.policy.level_ids.with_statement = with_statement
                expected = told + [("not_due", 7)] * with_statement
                line = self.prepare()
                for _written in range(2):
                    items = self.read_form(line, "finance")
                    kinds = [(item["kind"], item["amount"]) for item in items]
                    self.assertEqual(sorted(kinds), sorted(expected))
                    self.write_down(line)

    def test_a_colleague_sees_nothing_of_it(self):
        theirs = self.customer.copy({"name": "Theirs", "user_id": False})
        self.overdue(50, 20, partner_id=theirs.id, invoice_user_id=False)
        line = self.prepare()
        items = line.item_ids
        self.assertEqual(len(items), 1)
        colleague = self.users["salesperson"]
        found = items.browse().with_user(colleague).search([("line_id", "=", line.id)])
        self.assertFalse(found)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            items.with_user(colleague).read(["amount"])
        with self.assertRaises(AccessError):
            line.with_user(colleague).read(["proposed_items"])

    def test_items_are_found_by_their_ids(self):
        """Those that are written down, those that are proposed, and both together."""
        theirs = self.customer.copy({"name": "Theirs"})
        done, proposed = (
            self.overdue(100, 20),
            self.overdue(50, 20, partner_id=theirs.id),
        )
        lines = self.prepare()
        line = lines.filtered(lambda line: line.partner_id == self.customer)
        self.send(line)
        items = lines.item_ids
        self.assertEqual({item.id > 0 for item in items}, {True, False})
        self.assertEqual(items.exists(), items)
        for some in (*items, items, items[::-1]):
            self.env.invalidate_all()
            some.fetch(["amount"])
            self.assertEqual(items.search([("id", "in", some.ids)]), some & items)
        self.assertFalse(items.search([("id", "in", [-1, 2**31 - 1, 2**40])]))
        self.assertEqual(
            items.search([("id", "not in", line.item_ids.ids)]) & items,
            (lines - line).item_ids,
        )
        for move in (done, proposed):
            named = [("item_ids.move_line_id.move_name", "ilike", move.name)]
            self.assertEqual(self.lines(named).item_ids.move_id, move)

    def test_of_thousands_of_items_it_reads_a_few(self):
        """PostgreSQL may look for them by an index, proposed or written down."""
        self.overdue(100, 20)
        line = self.prepare()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for _written in range(2):
            for domain in (
                [("id", "in", line.item_ids.ids)],
                [("line_id", "in", line.ids)],
            ):
                query = line.item_ids._search(domain, order="id").select()
                self.env.cr.execute(f"EXPLAIN {query.code}", query.params)
                plan = "\n".join(row for (row,) in self.env.cr.fetchall())
                self.assertNotIn("Seq Scan", plan)
            self.write_down(line)

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def test_what_is_open_follows_the_payments(self):
        """Of what is proposed, and of what the earlier version wrote down."""
        invoice = self.overdue(100, 20)
        for is_written in (False, True):
            with self.subTest(is_written):
                line = self.prepare()
                if is_written:
                    self.write_down(line)
                self.assert_open(line, 100, False)
                part = self.receive(40, str(TODAY), invoice)
                self.assert_open(line, 60, False)
                rest = self.receive(60, str(TODAY), invoice)
                self.assert_open(line, 0, True)
                (part | rest).action_draft()
                self.assert_open(line, 100, False)
                (part | rest).unlink()
                self.assert_open(line, 100, False)

    def test_an_invoice_that_is_reset_to_draft_and_deleted(self):
        first, second = self.overdue(100, 20), self.overdue(50, 20)
        line = self.prepare()
        first.button_draft()
        self.assert_open(line, 50, False)
        self.assertEqual(len(line.item_ids), 2)
        first.with_context(force_delete=True).unlink()
        self.assert_open(line, 50, False)
        self.assertEqual(line.item_ids.move_id, second)
        self.assertEqual(len(self.read_form(line, "finance")), 1)
        self.send(line)
        self.assertEqual((line.state, line.amount_due), ("todo", 50))

    def test_what_is_left_out_keeps_telling(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        line.with_user(self.finance).action_skip()
        self.assertEqual(line.item_ids.move_id, invoice)
        line.with_user(self.finance).action_propose_again()
        self.assertEqual(line.item_ids.move_id, invoice)
        self.send(line)
        self.assertEqual((line.state, self.rows(line)), ("todo", 1))

    def test_what_the_earlier_version_proposed(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        before = self.read_form(line, "finance")
        self.write_down(line)
        after = self.read_form(line, "finance")
        for items in (before, after):
            del items[0]["id"]
        self.assertEqual(before, after)
        self.send(line)
        self.assertEqual((line.state, line.item_ids.move_id), ("todo", invoice))
        self.assertEqual(self.rows(line), 1)

    def test_what_the_earlier_version_proposed_is_replaced(self):
        self.overdue(100, 20)
        line = self.prepare()
        self.write_down(line)
        self.prepare()
        self.assertFalse(line.exists())
        self.assertEqual(self.rows(line), 0)

    def test_one_that_failed_is_proposed_with_its_items(self):
        invoice = self.overdue(100, 20)
        line = self.prepare()
        self.send(line)
        line.state = "failed"
        line.with_user(self.finance).action_propose_again()
        self.assertEqual(line.item_ids.move_id, invoice)
        self.send(line)
        self.assertEqual((line.state, self.rows(line)), ("todo", 1))

    def test_an_invoice_that_is_marked_is_not_followed_up(self):
        marked, other = self.overdue(100, 20), self.overdue(50, 20)
        marked.no_followup = True
        self.env.flush_all()
        self.assertEqual(self.prepare().item_ids.move_id, other)
