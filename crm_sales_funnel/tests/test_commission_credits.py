from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon
from .test_commission_days import BANDS


@tagged("post_install", "-at_install")
class TestCommissionCredits(CommissionRunCommon):
    """What comes back takes back what was earned of it, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]

    def by_days(self, driver, **values):
        names = ("value_from", "value_to", "kind", "value")
        factors = [
            {"driver": driver, **dict(zip(names, band, strict=True))} for band in BANDS
        ]
        return self.plan(rate=0, factor=factors, **values)

    def credit(self, invoice, day, **values):
        refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        refund.invoice_line_ids.write(values)
        refund.action_post()
        return refund

    def pay_back(self, amount, refund, day, **values):
        return self.pay(amount, refund, day=day, payment_type="outbound", **values)

    def assert_earned(self, plan, *amounts):
        found = [self.earned(each) for each in plan]
        self.assertEqual(found, list(amounts))
        for each in plan:
            self.assert_follows_from_the_documents(each)

    # ------------------------------------------------------------------
    # What the rate depended on
    # ------------------------------------------------------------------

    def test_days_from_the_invoice(self):
        self.check_days("days_invoice")

    def test_days_from_the_due_date(self):
        self.check_days("days_due")

    def test_days_from_the_delivery(self):
        self.check_days("days_delivery")

    def check_days(self, driver):
        """Paid after 115 days earns nothing, after 5 days 3 %; so much is taken back,
        whenever the money goes back."""
        collected = [{"event": "collected", "percent": 100}]
        plans = self.by_days(driver)
        plans |= self.by_days(driver, basis="invoiced", release=collected)
        late, soon = (
            self.document(1000, tax=self.untaxed, day="2026-01-05") for _each in "ab"
        )
        (late | soon).invoice_date_due = "2026-01-05"
        self.pay(1000, late, day="2026-04-30")
        self.assert_earned(plans, 0, 0)
        self.pay(1000, soon, day="2026-01-10")
        self.assert_earned(plans, 30, 30)
        self.pay_back(1000, self.credit(late, "2026-05-10"), "2026-05-10")
        self.assert_earned(plans, 30, 30)
        refund = self.credit(soon, "2026-09-10", price_unit=400)
        self.pay_back(400, refund, "2026-09-10")
        self.assert_earned(plans, 18, 18)
        self.assertEqual(self.amounts(plans[0])["2026-09-10"], -12)

    def test_several_payments_are_paid_back(self):
        """600 after 5 days at 3 %, 400 after 50 days at 2 %: 18 and 8. Of the half that
        goes back, 9 and 4 go back in two parts."""
        plans = self.by_days("days_invoice") | self.by_days(
            "days_invoice",
            basis="invoiced",
            release=[{"event": "collected", "percent": 100}],
        )
        order = self.sell((100, 10), day="2026-01-01")
        plans |= self.by_days(
            "days_invoice",
            basis="ordered",
            release=[{"event": "collected", "percent": 100}],
        )
        invoice = self.bill(order, "2026-01-05")
        self.pay(600, invoice, day="2026-01-10")
        self.pay(400, invoice, day="2026-02-24")
        self.assert_earned(plans, 26, 26, 26)
        refund = self.credit(invoice, "2026-10-10", quantity=5)
        self.pay_back(250, refund, "2026-10-11")
        self.assert_earned(plans, 19.5, 19.5, 19.5)
        self.pay_back(250, refund, "2026-11-11")
        self.assert_earned(plans, 13, 13, 13)
        entry = self.entries.search(
            [("plan_id", "=", plans[0].id), ("earn_date", "=", "2026-10-11")]
        )
        self.assertEqual((entry.base, entry.amount), (-250, -6.5))
        self.assertAlmostEqual(entry.rate, 2.6)

    def test_size_of_the_document(self):
        """Nothing below 500: 1000 earned, credited in three parts."""
        below = {"driver": "document_amount", "value_to": 500, "value": 0}
        plan = self.plan(basis="invoiced", rate=3, factor=[below])
        invoice = self.document(1000, tax=self.untaxed)
        self.assert_earned(plan, 30)
        for price, left in ((400, 18), (400, 6), (200, 0)):
            self.credit(invoice, "2026-03-20", price_unit=price)
            self.assert_earned(plan, left)

    def test_discount(self):
        low = {"driver": "discount_percent", "value_from": 10, "value": 0.5}
        plan = self.plan(basis="invoiced", rate=10, factor=[low])
        invoice = self.document(1000, tax=self.untaxed)
        invoice.button_draft()
        invoice.invoice_line_ids.discount = 20
        invoice.action_post()
        self.assert_earned(plan, 40)
        self.credit(invoice, "2026-03-20", discount=0, price_unit=800)
        self.assert_earned(plan, 0)

    def test_how_new_the_customer_was(self):
        """Half rate from the twelfth month on: sold in the eleventh, credited in it."""
        old = {"driver": "customer_age", "value_from": 12, "value": 0.5}
        plan = self.plan(basis="invoiced", rate=4, factor=[old])
        self.sell((1, 1), day="2025-12-20")
        invoice = self.bill(self.sell((100, 10), day="2026-11-01"), "2026-11-05")
        self.assert_earned(plan, 40)
        self.credit(invoice, "2026-12-28")
        self.assert_earned(plan, 0)

    def test_margin(self):
        """A margin of 20 % earns 2 %, also what of the price is let off."""
        bands = ((-1000, 10, 0), (10, 30, 2), (30, 0, 5))
        plan = self.plan(
            basis="invoiced",
            rate=0,
            factor=[
                {
                    "driver": "margin_percent",
                    "value_from": low,
                    "value_to": high,
                    "kind": "rate",
                    "value": rate,
                }
                for low, high, rate in bands
            ],
        )
        invoice = self.bill(self.sell((100, 10, self.bolts, 80)), "2026-03-05")
        self.assert_earned(plan, 20)
        self.credit(invoice, "2026-03-10", is_allowance=True, price_unit=10)
        self.assert_earned(plan, 18)

    def test_method(self):
        bank = self.bank.inbound_payment_method_line_ids[0]
        other = bank.copy({"name": "Acceptance"})
        half = {"driver": "method", "payment_method_line_id": other.id, "value": 0.5}
        plans = self.plan(rate=4, factor=[half]) | self.plan(
            rate=4,
            factor=[half],
            basis="invoiced",
            release=[
                {"event": "collected", "percent": 50},
                {"event": "fully_collected", "percent": 50},
            ],
        )
        invoice = self.document(1000, tax=self.untaxed)
        self.pay(1000, invoice, payment_method_line_id=other.id)
        self.assert_earned(plans, 20, 20)
        self.pay_back(1000, self.credit(invoice, "2026-03-20"), "2026-03-21")
        self.assert_earned(plans, 0, 0)

    def sell_at(self, *discounts):
        """Return a posted invoice of 1,000 of the same product at each discount."""
        line = {"product_id": self.bolts.id, "price_unit": 1000, "tax_ids": []}
        lines = [Command.create({**line, "discount": each}) for each in discounts]
        return self.document(invoice_line_ids=lines)

    def test_same_product_at_two_prices(self):
        """10 % at the full price, 1 % at half of it; what is paid back of either takes
        back what it earned."""
        low = {"driver": "discount_percent", "value_from": 20, "kind": "rate"}
        low["value"] = 1
        plans = self.plan(basis="invoiced", rate=10, factor=[low])
        plans |= self.plan(rate=10, factor=[low])
        for discounts in ((0, 50), (50, 0)):
            invoice = self.sell_at(*discounts)
            self.pay(1500, invoice)
            self.assert_earned(plans, 105, 105)
            refund = self.credit(invoice, "2026-03-20")
            self.pay_back(1500, refund, "2026-03-21")
            self.assert_earned(plans, 0, 0)
        # By hand: as much as the one is worth, and more than that.
        for price, left in ((500, 100), (800, 25)):
            invoice = self.sell_at(0, 50)
            refund = invoice._reverse_moves([{"invoice_date": "2026-03-20"}])
            refund.invoice_line_ids[0].unlink()
            refund.invoice_line_ids.write({"discount": 0, "price_unit": price})
            refund.action_post()
            self.assert_earned(plans[0], left)
            refund.button_draft()
            invoice.button_draft()

    def test_something_else_is_credited(self):
        """What is let off of bolts, under another name, takes back what bolts earned."""
        steel = self.env["product.category"].create({"name": "Steel"})
        self.bolts.categ_id = steel
        plans = self.plans
        for rule in ({"product_id": self.bolts.id}, {"categ_id": steel.id}):
            for basis in ("invoiced", "collected"):
                plans |= self.plan(basis=basis, rate=10, rule=[{**rule, "rate": 2}])
        invoice = self.document(1000, tax=self.untaxed)
        self.pay(1000, invoice)
        self.assert_earned(plans, *4 * [20])
        for product, left in ((self.screws, 15), (self.env["product.product"], 10)):
            refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
            refund.invoice_line_ids = [
                Command.clear(),
                Command.create(
                    {
                        "product_id": product.id,
                        "name": "Let off",
                        "price_unit": 250,
                        "tax_ids": [],
                    }
                ),
            ]
            refund.action_post()
            self.pay_back(250, refund, "2026-03-13")
            self.assert_earned(plans, *4 * [left])

    # ------------------------------------------------------------------
    # Who, and by which plan
    # ------------------------------------------------------------------

    def test_whoever_left_gives_back(self):
        """Until 31 March: what was sold and paid before that comes back in April."""
        releases = (("invoiced", None), ("collected", None), ("delivered", None))
        releases += tuple(
            (basis, event)
            for basis in ("ordered", "invoiced", "delivered")
            for event in ("invoiced", "collected", "fully_collected")
            if basis != event
        )
        plans = self.plans
        for leaver in ("keeps", "loses"):
            for basis, event in releases:
                more = {"release": [{"event": event, "percent": 100}]} if event else {}
                member = {"date_to": "2026-03-31", "leaver": leaver}
                plans |= self.plan(
                    name=f"{leaver} {basis} {event}",
                    basis=basis,
                    rate=10,
                    member=[{"user_id": self.seller.id, **member}],
                    **more,
                )
        order = self.sell((100, 10), day="2026-03-05")
        done = self.deliver(order, "2026-03-06")
        invoice = self.bill(order, "2026-03-07")
        self.pay(1000, invoice, day="2026-03-08")
        for plan in plans:
            self.assertEqual(self.earned(plan), 100, plan.name)
        self.send_back(done, "2026-04-02")
        refund = self.credit(invoice, "2026-04-02")
        self.pay_back(1000, refund, "2026-04-03")
        for plan in plans:
            self.assertEqual(self.earned(plan), 0, plan.name)
            self.assert_follows_from_the_documents(plan)

    def send_back(self, done, day):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.picking_id.id, active_model="stock.picking")
            .create({"picking_id": done.picking_id.id})
        )
        quantity = sum(done.mapped("quantity"))
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": quantity, "picked": True})
        back._action_done()
        back.move_ids.date = f"{day} 10:00:00"

    def test_what_was_sold_before_the_plan(self):
        """Nothing was earned of it, so nothing is taken back."""
        plans = self.plans
        for basis in ("invoiced", "collected", "delivered"):
            plans |= self.plan(basis=basis, rate=10, date_from="2026-04-01")
            plans |= self.plan(
                basis=basis,
                rate=10,
                member=[{"user_id": self.seller.id, "date_from": "2026-04-01"}],
            )
        order = self.sell((100, 10), day="2026-03-05")
        done = self.deliver(order, "2026-03-06")
        invoice = self.bill(order, "2026-03-07")
        self.pay(1000, invoice, day="2026-03-08")
        self.send_back(done, "2026-04-02")
        self.pay_back(1000, self.credit(invoice, "2026-04-02"), "2026-04-03")
        self.assert_earned(plans, *6 * [0])

    def test_paid_in_part_before_the_plan(self):
        """Of 1000, 400 were paid in its time: 40 are earned, and taken back."""
        plan = self.plan(rate=10, date_from="2026-04-01")
        invoice = self.document(1000, tax=self.untaxed, day="2026-03-05")
        self.pay(600, invoice, day="2026-03-06")
        self.pay(400, invoice, day="2026-04-06")
        self.assert_earned(plan, 40)
        self.pay_back(1000, self.credit(invoice, "2026-04-12"), "2026-04-13")
        self.assert_earned(plan, 0)

    def test_by_the_version_that_paid_it(self):
        """3 % until March, 5 % from April on."""
        plan = self.plan(basis="invoiced", rate=3)
        order = self.sell((100, 10))
        invoice = self.bill(order, "2026-03-05")
        self.assert_earned(plan, 30)
        plan.action_new_version()
        version = self.plans.search([("previous_id", "=", plan.id)])
        version.write({"date_from": "2026-04-01", "rate": 5})
        version.action_approve()
        self.days_later(plan | version)
        self.credit(invoice, "2026-04-02")
        self.assert_earned(plan | version, 0, 0)
        self.assertEqual(self.amounts(plan)["2026-04-02"], -30)

    def test_at_another_rate(self):
        """What was earned at one rate of a currency is taken back at the same one."""
        euro = self.setup_other_currency(
            "EUR",
            rates=[("2026-01-01", 2), ("2026-03-05", 1), ("2026-03-15", 4)],
        )
        plans = [
            self.plan(rate=10, name=str(values), **values)
            for values in (
                {"basis": "invoiced"},
                {"basis": "collected"},
                {"basis": "invoiced", "measure": "margin"},
                {"basis": "collected", "measure": "margin"},
                *(
                    {
                        "basis": "invoiced",
                        "release": [{"event": event, "percent": 100}],
                    }
                    for event in ("collected", "fully_collected")
                ),
            )
        ]
        invoice = self.document(1000, tax=self.untaxed, currency_id=euro.id)
        self.pay(400, invoice, day="2026-03-06", currency_id=euro.id)
        self.pay(600, invoice, day="2026-03-16", currency_id=euro.id)
        self.assert_earned(plans, *6 * [50])
        half = self.credit(invoice, "2026-03-06", price_unit=500)
        self.assertEqual(half.amount_untaxed_signed, -500)
        self.pay_back(500, half, "2026-03-20", currency_id=euro.id)
        self.assert_earned(plans, *6 * [25])
        rest = self.credit(invoice, "2026-03-17", price_unit=500)
        self.assertEqual(rest.amount_untaxed_signed, -125)
        self.pay_back(500, rest, "2026-03-20", currency_id=euro.id)
        self.assert_earned(plans, *6 * [0])

    def test_of_an_order(self):
        """A credit note that was made from the order credits its last invoice."""
        (self.bolts | self.nuts | self.screws).invoice_policy = "delivery"
        plan = self.plan(basis="invoiced", rate=10, date_from="2026-04-01")
        order = self.sell((100, 10))
        done = self.deliver(order, "2026-03-05")
        self.bill(order, "2026-03-06")
        self.send_back(done, "2026-04-02")
        refund = order._create_invoices(final=True)
        refund.invoice_date = "2026-04-03"
        refund.action_post()
        self.assertEqual(refund.move_type, "out_refund")
        self.assert_earned(plan, 0)

    def test_the_day_of_the_invoice_is_corrected(self):
        plan = self.plan(basis="invoiced", rate=10, date_from="2026-04-01")
        invoice = self.document(1000, tax=self.untaxed, day="2026-04-05")
        self.credit(invoice, "2026-04-20")
        self.assert_earned(plan, 0)
        invoice.button_draft()
        invoice.invoice_date = invoice.date = "2026-03-05"
        invoice.action_post()
        self.assert_earned(plan, 0)
        self.assertEqual(self.amounts(plan), {})
