from odoo import Command
from odoo.tests import tagged

from .performance_common import FIGURES, PerformanceCommon


def _only(**figures):
    return figures


@tagged("post_install", "-at_install")
class TestPerformance(PerformanceCommon):
    def test_from_the_order_to_the_money(self):
        order = self.sell((self.bolt, 10, 30), (self.nut, 100, 0.1))
        self.assertEqual(
            self.sums(),
            _only(ordered=310, delivered=0, invoiced=0, collected=0, margin=0),
        )
        self.deliver_all(order)
        invoice = self.bill(order)
        self.receive(175.15, "2026-04-02", invoice.line_ids.move_id)
        self.assertEqual(
            self.sums(),
            # 10 bolts that cost 20 and 100 nuts that cost 0.05; half is paid.
            _only(ordered=310, delivered=310, invoiced=310, collected=155, margin=105),
        )
        for figure, month, amount in (
            ("ordered", 3, 310),
            ("delivered", 3, 310),
            ("invoiced", 3, 310),
            ("margin", 3, 105),
            ("collected", 4, 155),
        ):
            found = self.by(["date:month"], figure)
            self.assertEqual(
                {day.month: value for day, value in found.items() if value},
                {month: amount},
                figure,
            )
        self.assertEqual(
            self.by(["product_id"], "invoiced"), {self.bolt: 300, self.nut: 10}
        )
        self.assertEqual(
            self.by(["user_id", "team_id", "commercial_partner_id"], "collected"),
            {(self.seller, self.team, self.customer): 155},
        )

    def test_a_quotation_and_a_draft_count_nothing(self):
        order = self.sell((self.bolt, 10, 30))
        self.deliver_all(order)
        order._create_invoices()
        self.assertEqual(order.copy().state, "draft")
        self.assertEqual(
            self.sums(),
            _only(ordered=300, delivered=300, invoiced=0, collected=0, margin=0),
        )
        cancelled = self.sell((self.bolt, 1, 30))
        cancelled._action_cancel()
        self.assertEqual(self.sums()["ordered"], 300)

    def test_what_comes_back(self):
        order = self.sell((self.bolt, 10, 30))
        self.deliver_all(order)
        invoice = self.bill(order)
        back = self.give_back(order.picking_ids, 4)
        self.assertEqual(self.sums()["delivered"], 180)
        self.assertAlmostEqual(order.order_line.qty_delivered, 6)
        note = self.bill(order, "2026-03-20", final=True)
        self.assertEqual(note.move_type, "out_refund")
        self.assertEqual(
            self.sums(),
            _only(ordered=300, delivered=180, invoiced=180, collected=0, margin=60),
        )
        # The credit note and the return each stand for themselves.
        self.assertEqual(
            self.by(["document_model", "document_id"], "margin"),
            {("account.move", invoice.id): 100, ("account.move", note.id): -40},
        )
        self.assertEqual(
            self.by(["document_model", "document_id"], "delivered"),
            {
                ("stock.picking", (order.picking_ids - back).id): 300,
                ("stock.picking", back.id): -120,
            },
        )

    def test_a_part_of_the_price_credited_gives_no_goods_back(self):
        order = self.sell((self.bolt, 10, 30))
        self.deliver_all(order)
        invoice = self.bill(order)
        note = self._reverse(invoice, price_unit=2)
        note.invoice_line_ids.is_allowance = True
        self.env.flush_all()
        self.assertEqual(self.sums()["invoiced"], 280)
        self.assertEqual(self.sums()["margin"], 80)

    def _reverse(self, invoice, **line):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-03-21"})
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        note.invoice_line_ids.write(line)
        note.action_post()
        return note

    def test_services_and_other_units(self):
        service = self.env["product.product"].create(
            {"name": "Cutting", "type": "service", "service_type": "manual"}
        )
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.new_delivery(
            [
                (self.bolt, 2, {"product_uom_id": dozen.id, "price_unit": 360}),
                (service, 5, {"price_unit": 40}),
            ]
        ).sale_id
        self.deliver_all(order)
        order.order_line[1].qty_delivered = 3
        self.assertEqual(self.sums()["delivered"], 720 + 120)
        self.bill(order)
        # Dozens that cost 240 each; a service without cost.
        sold = sum(order.invoice_ids.mapped("amount_untaxed"))
        self.assertEqual(self.sums()["margin"], round(sold - 480, 2))

    def test_without_an_order_the_cost_is_the_product_s(self):
        self._create_invoice_one_line(
            product_id=self.bolt,
            quantity=3,
            price_unit=30,
            tax_ids=[],
            invoice_date="2026-03-03",
            partner_id=self.customer.id,
            invoice_user_id=self.seller.id,
            post=True,
        )
        self.assertEqual(self.sums()["invoiced"], 90)
        self.assertEqual(self.sums()["margin"], 30)

    def test_the_cost_is_in_the_currency_of_the_company(self):
        eur = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        order = self.sell((self.bolt, 10, 60), currency=eur)
        self.assertEqual(order.order_line.purchase_price, 40)
        self.deliver_all(order)
        self.bill(order)
        self.assertEqual(self.sums()["invoiced"], 300)
        self.assertEqual(self.sums()["margin"], 100)

    # ------------------------------------------------------------------
    # It ties out
    # ------------------------------------------------------------------

    def test_it_ties_out_in_two_currencies(self):
        """To the cent, with rates that leave fractions, credit notes and returns."""
        eur = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.3), ("2026-03-08", 0.7)]
        )
        orders = [
            self.sell((self.bolt, 7, 3.33), (self.nut, 13, 0.07), day="2026-03-02"),
            self.sell(
                (self.bolt, 7, 3.33),
                (self.nut, 13, 0.07),
                currency=eur,
                day="2026-03-02",
            ),
            self.sell((self.bolt, 1, 0.99), currency=eur, day="2026-03-11"),
        ]
        for order in orders:
            self.deliver_all(order)
            self.bill(order)
        self.give_back(orders[1].picking_ids.filtered("move_ids")[:1], 2)
        self.bill(orders[1], "2026-03-20", final=True)
        self._reverse(orders[0].invoice_ids, price_unit=1)
        for order in orders[:2]:
            invoice = order.invoice_ids.filtered(
                lambda move: move.move_type == "out_invoice"
            )
            self.receive(
                invoice.amount_residual,
                "2026-03-25",
                invoice,
                currency_id=invoice.currency_id.id,
            )
        self.assert_ties_out()

    def assert_ties_out(self):
        """Sums of the report are those of the documents, each company apart."""
        found = self.sums()
        lines = self.env["sale.order.line"].search(
            [("company_id", "=", self.company.id), ("state", "=", "sale")]
        )
        ordered = sum(
            self.company.currency_id.round(
                line.price_subtotal / line.order_id.currency_rate
            )
            for line in lines
        )
        self.assertAlmostEqual(found["ordered"], ordered, 2)
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        income = moves.line_ids.filtered(
            lambda item: (
                item.account_id.internal_group == "income" and not item.tax_line_id
            )
        )
        self.assertAlmostEqual(found["invoiced"], -sum(income.mapped("balance")), 2)
        self.assertAlmostEqual(
            found["invoiced"], sum(moves.mapped("amount_untaxed_signed")), 2
        )
        allocation = self.env["funnel.allocation"].search(
            [("company_id", "=", self.company.id), ("partner_type", "=", "customer")]
        )
        self.assertAlmostEqual(
            found["collected"], sum(allocation.mapped("amount_untaxed")), 2
        )
        self.assertTrue(all(found.values()))

    def test_down_payments_count_once(self):
        order = self.sell((self.bolt, 10, 30))
        self.env["sale.advance.payment.inv"].with_context(
            active_ids=order.ids, active_model="sale.order"
        ).create(
            {"advance_payment_method": "fixed", "fixed_amount": 113}
        ).create_invoices()
        order.invoice_ids.invoice_date = "2026-03-03"
        order.invoice_ids.action_post()
        self.assertEqual(self.sums()["invoiced"], 100)
        self.deliver_all(order)
        self.bill(order, final=True)
        self.assertEqual(
            self.sums(),
            _only(ordered=300, delivered=300, invoiced=300, collected=0, margin=100),
        )

    # ------------------------------------------------------------------
    # Customers, contacts, and what it is compared with
    # ------------------------------------------------------------------

    def test_new_customers(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id, "type": "other"}
        )
        self.sell(
            (self.bolt, 1, 30), day="2026-03-02", partner=shop, user_id=self.leader.id
        )
        self.sell((self.bolt, 1, 30), day="2026-02-02")
        self.sell(
            (self.bolt, 1, 30),
            day="2026-04-02",
            partner=self.env["res.partner"].create({"name": "Other"}),
        )
        found = self.by(["user_id", "date:month"], "new_customers")
        self.assertEqual(
            sorted((user, day.month, count) for (user, day), count in found.items()),
            [(self.seller, 2, 1), (self.seller, 4, 1)],
        )
        # Who asks for March is not told that it began there.
        march = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
        self.assertFalse(self.by(["user_id"], "new_customers", march))

    def test_contacts(self):
        channel = self.env["funnel.contact.channel"].search([], limit=1)
        self.env["funnel.contact.log"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "channel_id": channel.id,
                    "user_id": self.seller.id,
                    "date": f"2026-03-{day:02} 08:00:00",
                    "company_id": self.company.id,
                }
                for day in (3, 3, 17)
            ]
        )
        found = self.by(["user_id", "date:day"], "contacts")
        self.assertEqual(
            {(user, str(day)): count for (user, day), count in found.items()},
            {(self.seller, "2026-03-03"): 2, (self.seller, "2026-03-17"): 1},
        )

    def test_a_day_is_that_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        order = self.sell((self.bolt, 1, 30))
        order.date_order = "2026-02-28 20:00:00"
        march = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
        self.assertEqual(self.sums(march)["ordered"], 30)
        february = [("date", ">=", "2026-02-01"), ("date", "<", "2026-03-01")]
        self.assertEqual(self.sums(february)["ordered"], 0)

    def test_the_year_before(self):
        """Each figure a year later, and 29 February on the 28th."""
        order = self.sell((self.bolt, 10, 30), day="2024-02-29")
        self.deliver_all(order, "2025-03-05")
        invoice = self.bill(order, "2025-03-09")
        self.receive(invoice.amount_total, "2025-03-10", invoice)
        last = [("version", "=", "last_year")]
        for figure, day in (
            ("ordered", "2025-02-28"),
            ("delivered", "2026-03-05"),
            ("invoiced", "2026-03-09"),
            ("collected", "2026-03-10"),
            ("margin", "2026-03-09"),
            ("new_customers", "2025-02-28"),
        ):
            found = self.by(["date:day"], figure, last)
            self.assertEqual([str(one) for one in found], [day], figure)
            within = [("date", ">=", day), ("date", "<=", day)]
            self.assertEqual(self.by(["date:day"], figure, last + within), found)

    def test_a_year_may_have_another_day(self):
        self.sell((self.bolt, 10, 30), day="2023-06-01")
        last = [("version", "=", "last_year"), ("date", ">=", "2024-06-01")]
        found = self.by(["date:day"], "ordered", last)
        self.assertEqual(
            {str(day): value for day, value in found.items()}, {"2024-06-01": 300}
        )

    def test_versions_are_never_mixed(self):
        """Unless they are grouped by or asked for, only what was reached is summed."""
        self.sell((self.bolt, 10, 30), day="2025-03-10")
        self.sell((self.bolt, 20, 30), day="2026-03-10")
        self.target(500, "ordered")
        march = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
        self.assertEqual(self.sums(march)["ordered"], 600)
        self.assertEqual(
            self.by(["version"], "ordered", march),
            {"actual": 600, "target": 500, "last_year": 300},
        )
        self.assertEqual(
            set(self.figures().search(march).mapped("version")), {"actual"}
        )
        sets = self.figures()._read_grouping_sets(
            march, [[], ["version"]], ["ordered:sum"]
        )
        self.assertEqual(
            [(row[0], row[-1]) for row in sets[1]],
            [("actual", 600), ("last_year", 300), ("target", 500)],
        )
        self.assertEqual(sets[0], [(False,)], "of several there is no total")

    # ------------------------------------------------------------------
    # How it is read
    # ------------------------------------------------------------------

    def test_rows_are_read_by_their_ids(self):
        """Of each part, and not all of it for one row."""
        order = self.sell((self.bolt, 10, 30))
        self.deliver_all(order)
        invoice = self.bill(order)
        self.receive(invoice.amount_total, "2026-03-10", invoice)
        self.target(500, "ordered")
        rows = self.figures().search(
            [("version", "in", ("actual", "target", "last_year"))]
        )
        self.assertEqual(len(rows), len(set(rows.ids)))
        kept = {row.id: (row.kind, row.version, row.date, row.ordered) for row in rows}
        for id_, values in kept.items():
            row = self.figures().browse(id_)
            self.assertEqual((row.kind, row.version, row.date, row.ordered), values)
        self.assertEqual(len({kind for kind, *_rest in kept.values()}), 5)
        # Neither is one row of the others taken in, nor any for an id that is none.
        self.assertFalse(self.figures().browse(1600000000).exists())

    def test_a_constant_number_of_queries(self):
        def count():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.sums(figures=(*FIGURES, "new_customers", "contacts"))
            return self.env.cr.sql_log_count - before

        order = self.sell((self.bolt, 1, 30))
        count()
        first = count()
        self.sell(*[(self.bolt, 1, 30)] * 30)
        count()
        self.assertLessEqual(count(), first)
        self.assertEqual(order.amount_untaxed, 30)

    def test_a_figure_opens_its_documents(self):
        order = self.sell((self.bolt, 10, 30))
        self.sell((self.bolt, 1, 30), user_id=self.leader.id)
        self.deliver_all(order)
        invoice = self.bill(order)
        payment = self.receive(invoice.amount_total, "2026-03-10", invoice)
        mine = [("user_id", "=", self.seller.id)]
        paid = self.env["funnel.allocation"].search(
            [("money_move_id", "=", payment.move_id.id)]
        )
        for figure, documents in (
            ("ordered", order),
            ("delivered", order.picking_ids),
            ("invoiced", invoice),
            ("margin", invoice),
            ("collected", paid),
            ("new_customers", order),
        ):
            action = self.figures().get_documents_action(mine, figure)
            self.assertEqual(action["res_model"], documents._name, figure)
            self.assertEqual(
                self.env[documents._name].search(action["domain"]), documents, figure
            )
        target = self.target(5, "contacts")
        action = self.figures().get_documents_action(
            [("version", "=", "target")], "contacts"
        )
        self.assertEqual(
            (action["res_model"], action["domain"]),
            ("funnel.target", [("id", "in", target.ids)]),
        )

    def test_each_row_opens_its_document(self):
        order = self.sell((self.bolt, 10, 30))
        self.deliver_all(order)
        invoice = self.bill(order)
        self.receive(invoice.amount_total, "2026-03-10", invoice)
        for kind, document in (
            ("order", order),
            ("delivery", order.picking_ids),
            ("invoice", invoice),
            ("receipt", invoice),
        ):
            [row] = self.figures().search([("kind", "=", kind)])
            action = row.action_open_document()
            self.assertEqual(
                (action["res_model"], action["res_id"]),
                (document._name, document.id),
                kind,
            )
            self.assertEqual(row.document, document.display_name)
        # The order desk reads no allocation of money: the rows themselves.
        desk = self.figures(self.users["order_desk"])
        self.assertEqual(desk.search([("kind", "=", "receipt")]).collected, 300)
        action = desk.get_documents_action([], "collected")
        self.assertEqual(action["res_model"], desk._name)
        self.assertEqual(desk.search(action["domain"]).kind, "receipt")

    # ------------------------------------------------------------------
    # Who reads what
    # ------------------------------------------------------------------

    def test_who_reads_what(self):
        """Own, those of the team, all; the order desk its department."""
        for index, user in enumerate((self.seller, self.leader, self.users["manager"])):
            self.sell(
                (self.bolt, 1, 10**index),
                user_id=user.id,
                team_id=self.team.id if index < 2 else False,
            )
        north = self.new_team("Team North")
        self.sell((self.bolt, 1, 1000), user_id=False, team_id=north.id)
        expected = {
            "salesperson": 1,
            "team_leader": 11,
            "manager": 1111,
            "finance": 1111,
            "order_desk": 1111,
        }
        for role, amount in expected.items():
            found = self.sums(user=self.users[role])
            self.assertEqual(found["ordered"], amount, role)
        north.member_ids = [Command.link(self.users["order_desk"].id)]
        self.assertEqual(self.sums(user=self.users["order_desk"])["ordered"], 1000)
        self.assertEqual(
            self.figures(self.users["order_desk"]).search([]).mapped("ordered"), [1000]
        )

    def test_companies_apart(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.sell((self.bolt, 1, 30))
        manager = self.users["manager"]
        manager.company_ids |= other
        self.assertEqual(self.sums(user=manager)["ordered"], 30)
        self.assertEqual(self.sums(user=manager, companies=other)["ordered"], 0)
        both = self.company | other
        self.assertEqual(
            self.by(["company_id"], "ordered", user=manager, companies=both),
            {self.company: 30},
        )

    def test_nobody_else_reads_it(self):
        self.sell((self.bolt, 1, 30))
        for user in (
            self.users["warehouse"],
            self.users["purchasing"],
            self.new_role_user("funnel_none"),
        ):
            for model in ("funnel.performance.report", "funnel.target.report"):
                self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_no_request_widens_what_is_read(self):
        """What is read by ids, or of some days, is not for the context to say."""
        self.sell((self.bolt, 1, 30))
        for value in ([None, None, [16]], {"ids": [16]}, "all"):
            self.assertEqual(self.sums(funnel_performance=value)["ordered"], 30)
