from lxml import etree

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import MODULE
from .lead_common import LOG, LeadCommon

QUEUE = "funnel.contact.queue"


@tagged("post_install", "-at_install")
class TestContactLeadDialog(LeadCommon):
    """The dialog names the lead, or lets one choose one of the customer; and the queue
    asks for customers and leads, each by itself."""

    def dialog(self, view="dialog", user=None, **defaults):
        self.read_again()
        context = {f"default_{fname}": value for fname, value in defaults.items()}
        logs = self.env[LOG].with_user(user or self.salesperson).with_context(**context)
        form = Form(logs, self.env.ref(f"{MODULE}.funnel_contact_log_view_form_{view}"))
        form.channel_id = self.channels["phone"]
        return form

    def choice(self, form, user=None):
        """Return the leads that the dialog offers."""
        domain = form._view["fields"]["lead_id"]["domain"]
        names = {
            "commercial_partner_id": form.commercial_partner_id.id,
            "company_id": self.company.id,
        }
        domain = Domain(safe_eval(domain, names))
        return self.env["crm.lead"].with_user(user or self.salesperson).search(domain)

    def test_from_the_lead(self):
        lead = self.lead(4, partner_id=self.person.id)
        self.plan_hand(self.customer, 2)
        form = self.dialog(lead_id=lead.id)
        self.assertEqual(form.lead_id, lead)
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.contact_id, self.person)
        self.assertFalse(form._get_modifier("lead_id", "invisible"))
        self.assertEqual(str(form.planned_date), self.day(4))
        form.next_contact_date = self.day(9)
        form.save()
        self.assert_days((lead, 9), (self.customer, 2))

    def test_from_a_quotation_of_the_lead(self):
        lead = self.lead(4, partner_id=self.customer.id)
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "user_id": self.salesperson.id}
        )
        order.opportunity_id = lead
        self.assertEqual(self.dialog(order_id=order.id).lead_id, lead)
        # who reads no leads logs it with the customer
        clerk = self.users["finance"]
        self.assertFalse(self.dialog(order_id=order.id, user=clerk).lead_id)
        # nor is it about one that is over, or of somebody else by now
        lead.sudo().action_set_lost()
        self.assertFalse(self.dialog(order_id=order.id).lead_id)
        lead.sudo().action_unarchive()
        self.assertEqual(self.dialog(order_id=order.id).lead_id, lead)
        lead.partner_id = self.other
        self.assertFalse(self.dialog(order_id=order.id).lead_id)

    def test_who_reads_no_leads_reads_what_was_said(self):
        """Finance, and who has handed the lead over since: the contact, and not what is
        the lead's."""
        lead = self.lead(4, partner_name="Ostwind AG", phone="0800")
        log = self.contact(lead_id=lead.id, partner_id=False, user_id=self.mate.id)
        lead.partner_name = "Secret"
        for user in (self.users["finance"], self.mate):
            self.read_again()
            mine = log.with_user(user)
            self.assertFalse(lead.with_user(user).has_access("read"))
            for fname in ("planned_date", "planned_reason", "lead_whom", "phone"):
                self.assertFalse(mine[fname], fname)
            self.assertEqual(mine.display_name, mine.channel_id.name)
            self.assertFalse(mine.last_said)
            view = self.env.ref(f"{MODULE}.funnel_contact_log_view_form")
            self.assertEqual(Form(mine, view).summary, log.summary)

    def test_who_reads_no_leads_looks_for_customers(self):
        self.contact(partner_id=self.customer.id)
        for role, count in (("finance", 1), ("salesperson", 1)):
            logs = self.env[LOG].with_user(self.users[role])
            view = logs.get_view(view_type="search")["arch"]
            (field,) = etree.fromstring(view).xpath("//field[@name='partner_id']")
            domain = safe_eval(field.get("filter_domain"), {"self": self.customer.name})
            self.assertEqual(logs.search_count(domain), count)

    def test_lead_without_a_customer(self):
        lead = self.lead(partner_name="Ostwind AG", contact_name="Jana Herbst")
        form = self.dialog(lead_id=lead.id)
        self.assertEqual(form.lead_id, lead)
        self.assertEqual(form.lead_whom, "Ostwind AG · Jana Herbst")
        form.next_contact_date = self.day(3)
        log = form.save()
        self.assertFalse(log.partner_id)
        self.assert_days((lead, 3))

    def test_lead_is_chosen(self):
        own = self.lead(5, partner_id=self.person.id)
        self.lead(partner_id=self.other.id)
        self.lead(partner_id=self.customer.id).sudo().action_set_lost()
        hidden = self.lead(
            user_id=self.mate.id, partner_id=self.customer.id, name="Secret"
        )
        self.plan_hand(hidden, 1, self.mate)
        form = self.dialog(partner_id=self.customer.id)
        self.assertFalse(form.planned_date)
        self.assertEqual(self.choice(form), own)
        form.lead_id = own
        self.assertEqual(str(form.planned_date), self.day(5))
        form.next_contact_date = self.day(8)
        form.save()
        self.assert_days((own, 8), (hidden, 1), (self.customer, False))
        form = self.dialog(partner_id=self.customer.id)
        form.next_contact_date = self.day(7)
        form.save()
        self.assert_days((own, 8), (hidden, 1), (self.customer, 7))

    def test_customer_is_changed(self):
        """The lead is another one's: what is agreed is the new customer's."""
        lead = self.lead(4, partner_id=self.customer.id)
        form = self.dialog(lead_id=lead.id)
        form.contact_id = self.person
        self.assertEqual(form.lead_id, lead)
        form.partner_id = self.other
        self.assertFalse(form.lead_id)
        form.next_contact_date = self.day(2)
        log = form.save()
        self.assertFalse(log.lead_id)
        self.assert_days((lead, 4), (self.customer, False), (self.other, 2))

    def test_lead_of_another_customer_is_refused(self):
        lead, nobodys = self.lead(partner_id=self.customer.id), self.lead()
        vals = {"channel_id": self.channels["phone"].id}
        logs = self.env[LOG].with_user(self.salesperson)
        own = logs.create({**vals, "lead_id": lead.id, "partner_id": self.customer.id})
        for wrong in (
            lambda: logs.create(
                {**vals, "lead_id": lead.id, "partner_id": self.other.id}
            ),
            lambda: logs.create(
                {**vals, "lead_id": nobodys.id, "partner_id": self.other.id}
            ),
            lambda: own.write({"partner_id": self.other.id}),
            lambda: own.write({"lead_id": nobodys.id}),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "is no lead of"),
                self.cr.savepoint(),
            ):
                wrong()
        own.write({"partner_id": self.other.id, "lead_id": False})
        own.write({"partner_id": self.customer.id, "lead_id": lead.id})

    def test_only_who_can_see_the_lead_is_named(self):
        lead = self.lead(partner_id=self.customer.id)
        for hidden_from in (self.mate, self.users["finance"]):
            form = self.dialog(lead_id=lead.id)
            form.next_contact_date = self.day(4)
            form.next_contact_user_id = hidden_from
            with (
                self.subTest(hidden_from.name),
                self.assertRaisesRegex(ValidationError, "cannot see Pallets"),
                self.cr.savepoint(),
            ):
                form.save()
        form.next_contact_user_id = self.leader
        log = form.save()
        self.assertEqual(self.planned(lead), (4, self.leader))
        with (
            self.assertRaisesRegex(ValidationError, "cannot see Pallets"),
            self.cr.savepoint(),
        ):
            log.next_contact_user_id = self.mate
        # with the customer in general anybody is
        form = self.dialog(partner_id=self.customer.id)
        form.next_contact_date = self.day(4)
        form.next_contact_user_id = self.mate
        form.save()
        self.assertEqual(self.planned(self.customer), (4, self.mate))

    def test_nobody_is_named_unasked_who_cannot_see_the_lead(self):
        """The salesperson of the lead has left, and that of the customer is another."""
        lead = self.lead(partner_id=self.customer.id)
        self.customer.user_id = self.mate
        left = self.new_role_user("funnel_left", "salesperson")
        lead.sudo().write({"user_id": left.id, "team_id": self.team.id})
        left.active = False
        form = self.dialog(user=self.leader, lead_id=lead.id)
        self.assertEqual(form.next_contact_user_id, self.leader)

    def test_lost_lead_is_not_planned(self):
        """Neither in the dialog nor in the form nor by a program: nobody would be asked
        for it. What was said is logged."""
        lead = self.lead(partner_id=self.customer.id)
        lead.sudo().action_set_lost()
        form = self.dialog(lead_id=lead.id)
        self.assertTrue(form.lead_is_lost)
        for fname in ("next_contact_in", "next_contact_date"):
            self.assertTrue(form._get_modifier(fname, "invisible"))
        form.summary = "Bought elsewhere"
        log = form.save()
        self.assertEqual(lead.contact_log_ids, log)
        planned = {"next_contact_date": self.day(2)}
        for record in (log, lead):
            with (
                self.subTest(record._name),
                self.assertRaisesRegex(ValidationError, "Pallets is lost"),
                self.cr.savepoint(),
            ):
                record.write(planned)
        general = self.contact(partner_id=self.customer.id, **planned)
        with (
            self.assertRaisesRegex(ValidationError, "Pallets is lost"),
            self.cr.savepoint(),
        ):
            general.lead_id = lead
        with Form(lead) as form:
            self.assertTrue(form._get_modifier("next_contact_date", "readonly"))
        lead.sudo().action_unarchive()
        self.assertFalse(self.dialog(lead_id=lead.id).lead_is_lost)
        log.write(planned)
        self.assertEqual(self.planned(lead)[0], 2)

    def test_what_was_planned_before_it_was_lost_is_corrected(self):
        lead = self.lead(partner_id=self.customer.id)
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        lead.sudo().action_set_lost()
        form = Form(log, self.env.ref(f"{MODULE}.funnel_contact_log_view_form"))
        self.assertFalse(form._get_modifier("next_contact_date", "invisible"))
        form.summary = "Bought elsewhere"
        form.save()
        log.next_contact_date = False
        self.assertFalse(self.planned(lead)[0])

    def test_finance_sees_no_leads_and_logs_all_the_same(self):
        lead = self.lead(0, partner_id=self.customer.id)
        form = self.dialog(user=self.users["finance"], partner_id=self.customer.id)
        form.summary = "Pays on Friday"
        self.assertFalse(form.save().lead_id)
        self.assert_days((lead, 0))

    # The queue

    def start(self):
        self.read_again()
        return self.env[QUEUE].with_user(self.salesperson).action_start_today()

    def defaults(self, action):
        prefix = "default_"
        return {
            key.removeprefix(prefix): value
            for key, value in action["context"].items()
            if key.startswith(prefix)
        }

    def test_line_of_each(self):
        """A call that is planned on the lead is done by the contact with it."""
        self.plan_hand(self.customer, -1)
        lead = self.lead(0, partner_id=self.customer.id)
        other = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        self.plan_hand(other, -2, self.mate)
        call = self.schedule(lead.sudo(), date_deadline=self.today)
        action = self.start()
        self.assertEqual(action["name"], "Log a Contact: 1 of 2")
        form = self.dialog("queue", **self.defaults(action))
        self.assertEqual(form.partner_id, self.customer)
        self.assertFalse(form.lead_id)
        self.assertIn("By hand on", form.planned_reason)
        action = form.save().action_queue_next()
        form = self.dialog("queue", **self.defaults(action))
        self.assertEqual(form.lead_id, lead)
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.planned_date, self.today)
        log = form.save()
        self.assertFalse(call.active)
        self.assertEqual(log.activity_id, call)
        self.assert_days((lead, False), (self.customer, False))
        told = log.action_queue_next()["params"]["message"]
        self.assertEqual(told, "Logged: 2")

    def test_contact_with_the_lead_is_the_customers_too(self):
        """Who was spoken to about the lead is not asked for once more; taken back, both
        are."""
        self.plan_hand(self.customer, 0)
        lead = self.lead(-1, partner_id=self.customer.id)
        action = self.start()
        self.assertEqual(action["name"], "Log a Contact: 1 of 2")
        log = self.dialog("queue", **self.defaults(action)).save()
        self.assertEqual(log.lead_id, lead)
        lines = log.queue_line_id.queue_id.line_ids
        self.assertEqual(lines.mapped("state"), ["done", "done"])
        self.assertEqual(log.action_queue_next()["params"]["message"], "Logged: 2")
        log.unlink()
        self.assertEqual(lines.mapped("state"), ["waiting", "waiting"])

    def test_lead_that_is_chosen_for_its_customer(self):
        self.plan_hand(self.customer, -1)
        lead = self.lead(0, partner_id=self.customer.id)
        second = self.lead(0, partner_id=self.customer.id)
        form = self.dialog("queue", **self.defaults(self.start()))
        form.lead_id = lead
        log = form.save()
        lines = log.queue_line_id.queue_id.line_ids
        self.assertEqual(lines.mapped("state"), ["done", "done", "waiting"])
        self.assertEqual(lines[2].lead_id, second)
        action = log.action_queue_next()
        self.assertEqual(action["name"], "Log a Contact: 3 of 3")
        second_log = self.dialog("queue", **self.defaults(action)).save()
        second_log.unlink()
        self.assertEqual(lines.mapped("state"), ["done", "done", "waiting"])

    def test_two_leads_of_one_customer(self):
        leads = self.lead(0, partner_id=self.customer.id)
        leads |= self.lead(0, partner_id=self.customer.id)
        action = leads.action_log_one_by_one()
        for lead in leads:
            log = self.dialog("queue", **self.defaults(action)).save()
            self.assertEqual(log.lead_id, lead)
            action = log.action_queue_next()
        self.assertEqual(action["params"]["message"], "Logged: 2")
        self.assert_days(*((lead, False) for lead in leads))

    def test_lead_of_a_customer_who_may_not_be_read(self):
        lead = self.lead(-1, partner_id=self.other.id)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.other.sudo().company_id = company
        self.plan_hand(self.customer, 0)
        action = self.start()
        self.assertEqual(self.defaults(action)["partner_id"], self.customer.id)
        log = self.dialog("queue", **self.defaults(action)).save()
        told = log.action_queue_next()["params"]["message"]
        self.assertIn("1 left out: Pallets", told)
        self.assert_days((lead, -1))

    # Lists

    def test_on_a_phone_lists_are_cards(self):
        reminders = self.env["funnel.reminder"].with_user(self.salesperson)
        for reminder in reminders.get_today():
            if reminder["card"] == "contacts":
                action = reminder["action"]
                with self.subTest(reminder["key"]):
                    self.assertEqual(action["mobile_view_mode"], "kanban")
                    self.assertIn("kanban", [kind for _id, kind in action["views"]])

    def test_longest_overdue_first(self):
        """In lists and cards; and one by one they come as the list shows them."""
        for record, shift in zip(self.new_customers(3), (-2, -40, -9), strict=True):
            record.user_id = self.salesperson
            self.plan_hand(record, shift)
        for shift in (-2, -40, -9):
            self.lead(shift)
        reminders = self.env["funnel.reminder"].with_user(self.salesperson)
        for reminder in reminders.get_today():
            if (
                not reminder["key"].endswith("overdue")
                or reminder["card"] != "contacts"
            ):
                continue
            action = reminder["action"]
            rows = self.env[action["res_model"]].with_user(self.salesperson)
            for view_id, kind in action["views"][:2]:
                view = etree.fromstring(rows.get_view(view_id, kind)["arch"])
                found = rows.search(action["domain"], order=view.get("default_order"))
                days = [(row.next_contact_date - self.today).days for row in found]
                with self.subTest(reminder["key"], kind=kind):
                    self.assertEqual(days, [-40, -9, -2])
            first = found.action_log_one_by_one()
            line = self.env["funnel.contact.queue.line"].browse(
                first["context"]["default_queue_line_id"]
            )
            owners = [one._get_owner() for one in line.sudo().queue_id.line_ids]
            self.assertEqual(owners, list(found))

    def test_won_leads_are_marked(self):
        won, pending = self.lead(0), self.lead(0)
        won.action_set_won()
        self.read_again()
        told = won.browse().web_name_search("Pallets", {"display_name": {}})
        told = {one["id"]: one["__formatted_display_name"] for one in told}
        self.assertEqual(told[won.id], "Pallets `Won`")
        self.assertEqual(told[pending.id], "Pallets")
        self.assertEqual(won.display_name, "Pallets")

    def test_leader_who_has_left(self):
        """What is his, or nobody's of the team, is on the list of who leads teams."""
        other = self.new_role_user("funnel_leader", "team_leader")
        self.env["crm.team"].create(
            {"name": "North", "user_id": other.id, "company_id": self.company.id}
        )
        lead = self.lead(0)
        nobodys = self.new_customers(1)
        self.plan_hand(nobodys, 0)
        for record in (lead, nobodys):
            record.sudo().next_contact_user_id = self.leader
        self.assertNotIn(nobodys, self.listed(other, "team"))
        for left in ({"active": False}, {"active": True, "group_ids": False}):
            self.leader.write(left)
            with self.subTest(left):
                self.assertIn(nobodys, self.listed(other, "team"))
                everything = self.listed(self.manager, "team")
                self.assertIn(nobodys, everything)
                self.assertIn(lead, everything)
