from functools import partial

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .contact_common import ContactCommon

# Whose contacts a role may read, write and create, and delete on the same day: own; of the own
# customers, made by somebody else; of the team; of others.
MATRIX = {
    "salesperson": {
        "own": "rwcu",
        "customer": "r",
        "team": "",
        "other": "",
    },
    "team_leader": {"own": "rwcu", "customer": "rwc", "team": "rwc", "other": ""},
    "manager": {"own": "rwcu", "customer": "rwcu", "team": "rwcu", "other": "rwcu"},
    "order_desk": {"own": "rwcu", "customer": "r", "team": "r", "other": "r"},
    "finance": {"own": "rwcu", "customer": "r", "team": "r", "other": "r"},
    "warehouse": dict.fromkeys(("own", "customer", "team", "other"), ""),
    "purchasing": dict.fromkeys(("own", "customer", "team", "other"), ""),
}


@tagged("post_install", "-at_install")
class TestContactAccess(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.outsider = cls.new_role_user("funnel_outsider", "salesperson")
        cls.team.member_ids = [Command.link(cls.mate.id)]
        cls.mates_customer, cls.others_customer = cls.env["res.partner"].create(
            [
                {"name": "Of a mate", "user_id": cls.mate.id},
                {"name": "Of another team", "user_id": cls.outsider.id},
            ]
        )

    def prepare(self, role, whose):
        """Return the values of a contact as ``role`` sees it."""
        user = self.users[role]
        customer, author = {
            "own": (self.others_customer, user),
            "customer": (self.customer, self.users["manager"]),
            "team": (self.mates_customer, self.mate),
            "other": (self.others_customer, self.outsider),
        }[whose]
        if whose == "customer" and role == "manager":
            author = self.outsider
        return {
            "partner_id": customer.id,
            "user_id": author.id,
            "channel_id": self.channels["phone"].id,
        }

    def allows(self, call):
        try:
            with self.cr.savepoint():
                call()
                self.env.flush_all()
        except AccessError:
            return False
        return True

    def test_matrix(self):
        for role, rights in MATRIX.items():
            model = self.env["funnel.contact.log"].with_user(self.users[role])
            for whose, allowed in rights.items():
                vals = self.prepare(role, whose)
                log = (
                    self.env["funnel.contact.log"]
                    .create(vals)
                    .with_user(model.env.user)
                )
                self.env.flush_all()
                self.env.invalidate_all()
                calls = {
                    "r": lambda log=log: log.read(["summary"]),
                    "w": lambda log=log: log.write({"summary": "x"}),
                    "c": lambda model=model, vals=vals: model.create(vals),
                    "u": log.unlink,
                }
                for right, call in calls.items():
                    with self.subTest(role=role, whose=whose, right=right):
                        self.assertEqual(self.allows(call), right in allowed)

    def test_what_was_said_about_the_lead_of_a_colleague(self):
        """It is hidden like the lead, also from whose customer it is."""
        values = {"name": "Secret", "partner_id": self.customer.id}
        leads = self.env["crm.lead"].create(
            [
                {**values, "user_id": user.id, "team_id": False}
                for user in (self.outsider, self.salesperson, self.mate.browse())
            ]
        )
        logs = [
            self.log(lead_id=lead.id, user_id=self.outsider.id, summary="Price 0.88")
            for lead in leads
        ]
        self.env.invalidate_all()
        customer = self.customer.with_user(self.salesperson)
        self.assertTrue(customer.last_contact_date)
        for log, allowed in zip(logs, (False, True, True), strict=True):
            with self.subTest(log.lead_id.user_id.name):
                found = log.with_user(self.salesperson)
                self.assertEqual(
                    self.allows(lambda f=found: f.read(["summary"])), allowed
                )
                self.assertEqual(log in customer.contact_log_ids, allowed)
        logs[1].unlink()
        logs[2].unlink()
        self.env.invalidate_all()
        self.assertFalse(customer.last_contact_summary)
        self.assertEqual(customer.contact_count, 0)

    def test_no_contact_on_a_document_that_is_hidden(self):
        """It would tell the document's name and customer, and plan its contacts."""
        values = {"partner_id": self.others_customer.id, "user_id": self.outsider.id}
        lead = self.env["crm.lead"].create({"name": "Secret", **values})
        order = self.env["sale.order"].create(values)
        invoice = self.init_invoice("out_invoice", partner=self.others_customer)
        invoice.invoice_user_id = self.outsider
        for fname, document in (
            ("lead_id", lead),
            ("order_id", order),
            ("move_id", invoice),
        ):
            for role, allowed in (("salesperson", False), ("manager", True)):
                user = self.users[role]
                vals = {"user_id": user.id, "channel_id": self.channels["phone"].id}
                logs = self.env["funnel.contact.log"].with_user(user)
                log = logs.create({**vals, "partner_id": self.customer.id})
                changes = {fname: document.id, "partner_id": self.others_customer.id}
                for method, values in ((logs.create, vals), (log.write, {})):
                    with self.subTest(document=document, role=role):
                        call = partial(method, values | changes)
                        self.assertEqual(self.allows(call), allowed)

    def test_nobody_signs_with_the_name_of_another(self):
        for role in ("salesperson", "order_desk", "finance"):
            log = self.log(user_id=self.users[role].id).with_user(self.users[role])
            with self.subTest(role):
                self.assertFalse(
                    self.allows(
                        lambda log=log: log.write({"user_id": self.outsider.id})
                    )
                )
        log = log.with_user(self.users["team_leader"])
        log.sudo().user_id = self.mate
        self.assertTrue(
            self.allows(lambda: log.write({"user_id": self.salesperson.id}))
        )

    def test_what_was_logged_today_is_taken_back(self):
        """And nothing older: the day is the user's."""
        self.salesperson.tz = "Asia/Shanghai"
        with freeze_time("2026-03-01 16:30:00"):  # 2 March in China
            log = self.log("2026-03-01 16:20:00")
            old = self.log("2026-03-01 15:00:00")
            for one, entered in ((log, "16:29:00"), (old, "15:30:00")):
                self.env.flush_all()
                self.cr.execute(
                    "UPDATE funnel_contact_log SET create_date = %s WHERE id = %s",
                    [f"2026-03-01 {entered}", one.id],
                )
            self.env.invalidate_all()
            for one, allowed in ((log, True), (old, False)):
                one = one.with_user(self.salesperson).with_context(tz="Asia/Shanghai")
                self.assertEqual(self.allows(one.unlink), allowed)
                self.assertEqual(bool(one.sudo().exists()), not allowed)
            # what was said can be corrected at any time
            self.assertTrue(self.allows(lambda: old.write({"summary": "Corrected"})))
            self.assertTrue(self.allows(old.with_user(self.users["manager"]).unlink))

    def test_activity_of_a_contact_that_is_taken_back_is_open_again(self):
        now = self.env["funnel.contact.log"].default_get(["date"])["date"]
        planned = self.schedule(self.customer, "call")
        log = self.log(now)
        done = self.schedule(self.customer, "meeting")
        done.with_user(self.salesperson).action_done()
        of_done = self.logs_of() - log
        self.assertFalse(planned.active or done.active)
        (log | of_done).with_user(self.salesperson).unlink()
        self.assertTrue(planned.active and done.active)
        done.with_user(self.salesperson).action_done()
        self.assertEqual(len(self.logs_of()), 1)

    def test_configuration_is_for_managers(self):
        for role, user in self.users.items():
            for model in ("funnel.contact.channel", "funnel.contact.outcome"):
                with self.subTest(role=role, model=model):
                    records = self.env[model].with_user(user)
                    self.assertTrue(records.search([]).mapped("name"))
                    self.assertEqual(
                        self.allows(
                            lambda records=records: records.create({"name": "X"})
                        ),
                        role == "manager",
                    )

    def test_outsiders(self):
        self.log(next_contact_date="2026-03-20", summary="Secret")
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (portal, self.new_role_user("funnel_nobody")):
            with self.subTest(user=user.login):
                for model in ("funnel.contact.log", "funnel.contact.channel"):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
        for fname in ("next_contact_date", "last_contact_date", "last_contact_summary"):
            with self.assertRaises(AccessError):
                self.customer.with_user(portal).read([fname])

    def test_summary_is_read_with_the_rights_on_the_contact(self):
        self.log(summary="Secret")
        for user, visible in ((self.salesperson, True), (self.outsider, False)):
            customer = self.customer.with_user(user)
            self.assertEqual("Secret" in customer.last_contact_summary, visible)
            self.assertTrue(customer.last_contact_date)
            self.assertNotIn("Secret", str(customer.read(["last_contact_id"])))
            self.assertEqual(customer.contact_count, int(visible))

    def test_whole_partner_is_read_by_every_role(self):
        """None of our fields that a role is offered stands in the way of reading or
        exporting a partner."""
        self.log()
        ours = self.env["funnel.contact.mixin"]._fields.keys() | {"contact_log_ids"}
        for role, user in self.users.items():
            with self.subTest(role):
                customer = self.customer.with_user(user)
                offered = ours & customer.fields_get().keys()
                self.assertIn("next_contact_date", offered)
                self.assertEqual(
                    "contact_log_ids" in offered, bool(MATRIX[role]["own"])
                )
                self.assertTrue(customer.read(list(offered)))

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.users["manager"].company_ids = [Command.link(other.id)]
        log = self.log(company_id=other.id)
        manager = self.env["funnel.contact.log"].with_user(self.users["manager"])
        self.assertFalse(
            manager.with_context(allowed_company_ids=self.company.ids).search(
                [("id", "=", log.id)]
            )
        )
        both = (self.company | other).ids
        self.assertTrue(
            manager.with_context(allowed_company_ids=both).search([("id", "=", log.id)])
        )

    def test_customers_of_the_company_are_contacted_by_its_branches(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.customer.company_id = self.company
        self.salesperson.write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        logs = self.env["funnel.contact.log"].with_user(self.salesperson)
        log = logs.create(
            {"partner_id": self.customer.id, "channel_id": self.channels["phone"].id}
        )
        self.assertEqual(log.company_id, branch)

    def test_automatic_contacts_need_no_rights(self):
        """The warehouse mails a customer: it is logged, though it cannot read it."""
        warehouse = self.users["warehouse"]
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.person.id,
                "picking_type_id": self.env["stock.picking.type"]
                .search(
                    [("code", "=", "outgoing"), ("company_id", "=", self.company.id)],
                    limit=1,
                )
                .id,
            }
        )
        picking.with_user(warehouse).message_post(
            body="On its way",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )
        self.assertEqual(self.logs_of().picking_id, picking)
        self.assertEqual(self.logs_of().user_id, warehouse)
