import base64
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, ValidationError
from odoo.tests import tagged

from .collision_common import CollisionCommon

PHONE, TAX_ID = "0755 8321 6688", "91440300MA5EXAMPL1"  # of Xinhang, the mate's
LOG, WIZARD = "funnel.collision.override", "funnel.collision.override.wizard"


@tagged("post_install", "-at_install")
class TestCustomerCollisionLog(CollisionCommon):
    """What a manager lets through: for which reason, and how far that goes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.is_identity_refused = True
        cls.manager = cls.users["manager"]
        cls.bert = cls.env["res.partner"].create(
            {"name": "Bert", "phone": "13911110000", "user_id": cls.mate.id}
        )

    def enter(self, name, **values):
        """Save a customer as the manager."""
        with self.env.cr.savepoint():
            partners = self.as_user("res.partner", self.manager)
            values = {"name": name, "user_id": self.mate.id, **values}
            new = partners.create(values)
            self.env.flush_all()
            return new

    def refuse(self, call):
        with self.assertRaises(RedirectWarning) as refused:
            call()
        return refused.exception.args

    def allow(self, call, reason, **context):
        """Give the reason for what is refused."""
        _text, _action, _button, said = self.refuse(call)
        wizards = self.as_user(WIZARD, self.manager)
        wizards = wizards.with_context(**said, **context)
        wizards.create({"reason": reason}).action_override()

    def logs(self):
        return self.env[LOG].search([], order="id")

    def notes(self, record):
        return set(self.pairs(record.with_env(self.env)).mapped("note"))

    def test_each_reason_is_of_what_it_was_given_for(self):
        first = {"name": "First", "phone": PHONE}
        second = {"name": "Second", "phone": "13911110000"}
        self.allow(lambda: self.enter(**first), "one")
        self.allow(lambda: self.enter(**second), "two")
        saved = self.enter(**second), self.enter(**first)
        self.assertEqual([self.notes(record) for record in saved], [{"two"}, {"one"}])
        self.assertEqual(self.logs().partner_id.mapped("name"), ["First", "Second"])

    def test_two_of_one_phone_do_not_swap_reasons(self):
        for name in ("First", "Second"):
            self.allow(
                lambda name=name: self.enter(name, phone=PHONE, user_id=False), name
            )
        second = self.enter("Second", phone=PHONE, user_id=False)
        first = self.enter("First", phone=PHONE, user_id=False)
        for record in (first, second):
            pair = self.pairs(self.xinhang) & self.pairs(record.with_env(self.env))
            self.assertEqual(pair.note, record.name)

    def test_it_holds_once_and_for_nobody_else(self):
        self.allow(lambda: self.enter("First", phone=PHONE), "one")
        self.refuse(lambda: self.enter("Third", phone=PHONE))
        first = self.enter("First", phone=PHONE)
        [log] = self.logs()
        self.assertEqual(log.partner_id.id, first.id)
        self.assertTrue(log.used_date)
        first.sudo().unlink()
        self.refuse(lambda: self.enter("First", phone=PHONE))

    def test_a_record_that_was_not_refused_then_is_asked_about(self):
        self.allow(lambda: self.enter("First", phone=PHONE), "one")
        self.env["res.partner"].sudo().create(
            {"name": "Meanwhile", "phone": PHONE, "user_id": self.mate.id}
        )
        text, *_more = self.refuse(lambda: self.enter("First", phone=PHONE))
        self.assertIn("Meanwhile", text)

    def test_it_holds_for_an_hour_whatever_the_client_says(self):
        later = fields.Datetime.now() + timedelta(days=1)
        self.allow(
            lambda: self.enter("First", phone=PHONE), "one", default_date=str(later)
        )
        with freeze_time(fields.Datetime.now() + timedelta(minutes=61)):
            self.refuse(lambda: self.enter("First", phone=PHONE))
        self.assertTrue(self.enter("First", phone=PHONE))

    def test_what_is_refused_together_is_let_through_together(self):
        both = {"phone": PHONE, "vat": TAX_ID, "country_id": self.env.ref("base.cn").id}
        self.allow(lambda: self.enter("First", **both), "both")
        self.assertEqual(self.logs().mapped("kind"), ["phone", "tax"])
        first = self.enter("First", **both)
        self.assertEqual(self.logs().partner_id.id, first.id)
        self.assertTrue(all(self.logs().mapped("used_date")))

    def test_a_second_identity_is_asked_about_again(self):
        self.allow(lambda: self.enter("First", phone=PHONE), "one")
        first = self.enter("First", phone=PHONE)
        country = self.env.ref("base.cn").id
        own = first.with_user(self.salesperson)
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            own.write({"vat": TAX_ID, "country_id": country})
        self.assertIn("same tax ID", str(refused.exception))
        self.assertNotIn("phone", str(refused.exception))
        # What was let through may be written again.
        own.write({"phone": False})
        own.write({"phone": PHONE})
        own.action_archive()
        own.action_unarchive()

    def test_managers_alone_ask_again(self):
        self.allow(lambda: self.enter("First", phone=PHONE), "one")
        first = self.enter("First", phone=PHONE)
        [pair] = self.pairs(first.with_env(self.env))
        self.assertTrue(pair.is_override)
        for role in ("salesperson", "team_leader", "order_desk"):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                pair.with_user(self.users[role]).action_reopen()
        self.assertEqual(pair.state, "different")
        pair.with_user(self.manager).action_reopen()
        self.assertEqual((pair.state, pair.is_override), ("open", False))
        first.write({"phone": False})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            first.with_user(self.salesperson).write({"phone": PHONE})

    def test_the_log_is_of_one_company(self):
        self.allow(lambda: self.enter("First", phone=PHONE), "one")
        foreign = self.new_role_user(
            "funnel_foreign_manager",
            "manager",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        [log] = self.logs()
        self.assertEqual(log.company_id, self.company)
        for user, count in ((foreign, 0), (self.manager, 1)):
            self.env.invalidate_all()
            logs = self.as_user(LOG, user)
            self.assertEqual(logs.search_count([]), count)
            self.assertEqual(logs.browse(log.id).has_access("read"), bool(count))
        self.enter("First", phone=PHONE)
        self.env.invalidate_all()
        self.assertFalse(self.as_user(LOG, foreign).search_count([]))
        with self.assertRaises(AccessError):
            self.as_user(LOG, self.manager).browse(log.id).read(["others"])

    def test_what_the_dialog_is_told_names_no_hidden_record(self):
        _text, _action, _button, said = self.refuse(
            lambda: self.enter("x", phone="138 0013 8000")
        )
        token = base64.urlsafe_b64decode(said["default_token"] + "===")
        self.assertNotRegex(token, rb"[ \[(]%d[,\])]" % self.foreign.id)
