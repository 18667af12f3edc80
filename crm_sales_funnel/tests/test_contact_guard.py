from io import BytesIO

from PIL import Image

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .plan_common import PlanCommon

LOG = "funnel.contact.log"
LINE = "funnel.contact.queue.line"


@tagged("post_install", "-at_install")
class TestContactGuard(PlanCommon):
    """What a request may say, and what it learns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.hidden = cls.env["crm.lead"].create(
            {"name": "Hidden", "user_id": cls.mate.id, "team_id": False}
        )
        other = cls.env["res.company"].create({"name": "Other"})
        cls.foreigner = cls.env["res.partner"].create(
            {"name": "Foreign", "company_id": other.id}
        )

    def logs(self, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[LOG].with_user(self.salesperson).with_context(**context)

    def contact(self, context=None, **values):
        """Log a contact as the salesperson, by a request."""
        return self.logs(**(context or {})).create(
            {
                "partner_id": self.customer.id,
                "channel_id": self.channels["wechat"].id,
                **values,
            }
        )

    def assert_refused(self, call, error=AccessError):
        with self.assertRaises(error), self.cr.savepoint():
            call()
            self.env.flush_all()

    def test_activities_and_mails_of_others(self):
        activity = self.schedule(self.hidden, user=self.mate, summary="Secret")
        message = self.hidden.message_post(body="x", subject="Secret")
        log = self.contact()
        for fname, value in (
            ("activity_id", activity.id),
            ("message_id", message.id),
            ("closed_activity_ids", [Command.link(activity.id)]),
        ):
            with self.subTest(fname):
                self.assert_refused(lambda f=fname, v=value: self.contact(**{f: v}))
                default = {f"default_{fname}": value}
                self.assert_refused(lambda d=default: self.contact(d))
                self.assert_refused(lambda f=fname, v=value: log.write({f: v}))
        activity.with_user(self.mate).action_feedback()
        self.assertFalse(activity.active)
        log.unlink()
        self.assertFalse(activity.active)

    def test_nothing_that_is_hidden_is_named(self):
        log = self.contact()
        for fname, value in (
            ("lead_id", self.hidden.id),
            ("contact_id", self.foreigner.id),
            ("participant_ids", [Command.link(self.foreigner.id)]),
        ):
            with self.subTest(fname):
                self.assert_refused(lambda f=fname, v=value: self.contact(**{f: v}))
                self.assert_refused(lambda f=fname, v=value: log.write({f: v}))
        queue = self.env["funnel.contact.queue"].with_user(self.salesperson).create({})
        lines = self.env[LINE].with_user(self.salesperson)
        line = lines.create({"queue_id": queue.id, "partner_id": self.customer.id})
        for values in ({"lead_id": self.hidden.id}, {"partner_id": self.foreigner.id}):
            with self.subTest(values):
                self.env.invalidate_all()
                self.assert_refused(
                    lambda v=values: lines.create({"queue_id": queue.id, **v})
                )
                self.assert_refused(lambda v=values: line.write(v))

    def test_onchange_tells_nothing_that_is_hidden(self):
        self.log(lead_id=self.hidden.id, user_id=self.mate.id, summary="Secret")
        spec = {"lead_id": {}, "logged_today": {}, "display_name": {}, "partner_id": {}}
        values = {"lead_id": self.hidden.id}
        self.assert_refused(lambda: self.logs().onchange(values, [], spec))
        for named in (self.hidden.id, {"id": self.hidden.id}, [self.hidden.id]):
            values = {"lead_id": named}
            self.assert_refused(lambda v=values: self.logs().onchange(v, [], spec))
            logs = self.logs(default_lead_id=named)
            self.assert_refused(lambda logs=logs: logs.onchange({}, [], spec))
        values = {"contact_id": self.foreigner.id}
        self.assert_refused(lambda: self.logs().onchange(values, [], spec))
        # a contact of one's own that has become another's is still corrected
        lead = self.env["crm.lead"].create(
            {"name": "L", "user_id": self.salesperson.id}
        )
        log = self.contact(partner_id=False, lead_id=lead.id)
        lead.write({"user_id": self.mate.id, "team_id": False})
        values = {"lead_id": lead.id, "next_contact_in": "1w"}
        log = self.logs().browse(log.id)
        self.assertTrue(log.onchange(values, ["next_contact_in"], {"summary": {}}))
        log.summary = "Corrected"

    def test_shared_customer_of_a_salesperson_elsewhere(self):
        """Its next contact is offered with the salesperson whom the user cannot see."""
        other = self.foreigner.company_id
        elsewhere = self.new_role_user(
            "funnel_elsewhere",
            "salesperson",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        shared = self.new_customers(1, user_id=elsewhere.id)
        values = {"partner_id": shared.id, "next_contact_date": self.day(3)}
        log = self.contact(**values)
        self.assertEqual(log.sudo().next_contact_user_id, elsewhere)
        self.contact(**values, next_contact_user_id=elsewhere.id)

    def test_what_follows_from_contacts_is_not_written(self):
        customer = self.customer.with_user(self.salesperson)
        lead = self.env["crm.lead"].create(
            {"name": "L", "user_id": self.salesperson.id}
        )
        both = {
            "last_contact_date": "2020-12-01 00:00:00",
            "last_contact_day": "2020-12-01",
            "hand_contact_date": "2026-12-01",
            "next_contact_mark": 99_999_999,
        }
        only = {
            "agreed_contact_date": "2026-12-01",
            "agreed_contact_set_uid": 1,
            "contact_plan_since": "2030-12-01",
            "dormant_since": False,
            "last_order_date": False,
            "next_contact_origin": "hand",
        }
        for record, values in (
            (customer, both | only),
            (lead.with_user(self.salesperson), both),
        ):
            for fname, value in values.items():
                with self.subTest(record=record._name, field=fname):
                    self.assert_refused(
                        lambda r=record, f=fname, v=value: r.write({f: v})
                    )
                    value = value or "2026-12-01 00:00:00"
                    self.assert_refused(
                        lambda r=record, f=fname, v=value: r.create({"name": "N", f: v})
                    )

    def test_photo_stays_what_it_was(self):
        stream = BytesIO()
        Image.new("RGB", (4, 3), "red").save(stream, "PNG")
        attachments = self.env["ir.attachment"].with_user(self.salesperson)
        photo = attachments.create(
            {"name": "x.png", "raw": stream.getvalue(), "res_model": LOG, "res_id": 0}
        )
        self.contact(photo_ids=[Command.set(photo.ids)])
        before = photo.raw
        for values in (
            {"raw": b"<svg xmlns='http://www.w3.org/2000/svg'/>"},
            {"datas": "PHN2Zy8+"},
            {"public": True},
            {"mimetype": "image/svg+xml"},
            {"res_model": "res.partner", "res_id": self.customer.id},
            {"res_id": 0},
        ):
            with self.subTest(values):
                self.assert_refused(lambda v=values: photo.write(v))
        photo.name = "Shop.png"
        self.assertEqual((photo.raw, photo.public), (before, False))

    def test_defaults_are_checked_like_values(self):
        """A next contact that a request names as a default is planned by hand."""
        warehouse = self.users["warehouse"]
        for model in ("res.partner", "crm.lead"):
            records = self.env[model].with_user(self.salesperson)
            name = {"name": "New", "user_id": self.salesperson.id}
            date = {"default_next_contact_date": self.day(2)}
            for label, values in (
                ("create", lambda r, name=name: r.create(name)),
                (
                    "web_save",
                    lambda r, name=name: r.browse(r.web_save(name, {})[0]["id"]),
                ),
                ("name_create", lambda r: r.browse(r.name_create("New")[0])),
            ):
                with self.subTest(model=model, call=label):
                    new = values(records.with_context(**date)).sudo()
                    self.assertEqual(str(new.next_contact_date), self.day(2))
                    self.assertEqual(new.next_contact_user_id, self.salesperson)
                    self.assertEqual(str(new.hand_contact_date), self.day(2))
                    self.assertTrue(new.next_contact_mark)
            for context in (
                {"default_next_contact_date": "2226-01-01"},
                {**date, "default_next_contact_user_id": warehouse.id},
            ):
                with self.subTest(model=model, context=context):
                    self.assert_refused(
                        lambda r=records, c=context, n=name: r.with_context(**c).create(
                            n
                        ),
                        ValidationError,
                    )
            nobodys = records.with_context(default_next_contact_user_id=warehouse.id)
            self.assertFalse(nobodys.create(name).sudo().next_contact_user_id)
            self.env["ir.default"].set(model, "next_contact_date", self.day(4))
            new = records.create(name).sudo()
            self.assertEqual(str(new.hand_contact_date), self.day(4))
            chosen = records.create({**name, "next_contact_date": False}).sudo()
            self.assertFalse(chosen.next_contact_date)

    def test_initials_follow_from_the_name(self):
        customer = self.customer.with_user(self.salesperson)
        for call in (
            lambda: customer.write({"name_initials": " zz"}),
            lambda: customer.create({"name": "X", "name_initials": " zz"}),
            lambda: customer.with_context(default_name_initials=" zz").create(
                {"name": "X"}
            ),
        ):
            self.assert_refused(call)
