from io import BytesIO

from PIL import Image
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MODULE
from .contact_common import ContactCommon

LOG = "funnel.contact.log"


@tagged("post_install", "-at_install")
class TestContactVisit(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider = cls.new_role_user("funnel_outsider", "salesperson")

    def image(self, kind="PNG", size=(4, 3)):
        stream = BytesIO()
        Image.new("RGB", size, "red").save(stream, kind)
        return stream.getvalue()

    def upload(self, user=None, content=None, **values):
        """Upload a file as the dialog does, before the contact is saved."""
        attachments = self.env["ir.attachment"].with_user(user or self.salesperson)
        return attachments.create(
            {
                "name": "shop.png",
                "raw": content or self.image(),
                "res_model": LOG,
                "res_id": 0,
                **values,
            }
        )

    def visit(self, photos, **values):
        """Log a visit as the salesperson."""
        return (
            self.env[LOG]
            .with_user(self.salesperson)
            .create(
                {
                    "partner_id": self.customer.id,
                    "channel_id": self.channels["visit"].id,
                    "photo_ids": [Command.set(photos.ids)],
                    **values,
                }
            )
        )

    def can_read(self, photo, user):
        self.env.invalidate_all()
        try:
            return bool(photo.with_user(user).read(["raw"]))
        except AccessError:
            return False

    def test_dialog_of_a_visit(self):
        action = self.env.ref(f"{MODULE}.funnel_contact_log_action_new")
        model = self.env[LOG].with_user(self.salesperson)
        with Form(
            model.with_context(default_partner_id=self.customer.id), action.view_id
        ) as form:
            form.channel_id = self.channels["visit"]
            form.place = "Building site at the harbour"
            form.duration = 1.5
            form.participant_ids.add(self.person)
            form.participant_ids.add(self.users["team_leader"].partner_id)
        self.assertRecordValues(
            form.record,
            [
                {
                    "place": "Building site at the harbour",
                    "duration": 1.5,
                    "participant_ids": [
                        *self.person.ids,
                        *self.users["team_leader"].partner_id.ids,
                    ],
                    "channel_kind": "visit",
                }
            ],
        )

    def test_photos_are_read_by_who_reads_the_contact(self):
        photo = self.upload()
        self.assertFalse(self.can_read(photo, self.users["team_leader"]))
        log = self.visit(photo)
        self.assertEqual((photo.res_model, photo.res_id), (LOG, log.id))
        for user, allowed in (
            (self.salesperson, True),
            (self.users["team_leader"], True),
            (self.users["order_desk"], True),
            (self.outsider, False),
            (self.users["warehouse"], False),
        ):
            with self.subTest(user.login):
                self.assertEqual(self.can_read(photo, user), allowed)
        self.assertEqual(log.with_user(self.users["team_leader"]).photo_ids, photo)

    def test_photo_that_is_removed_is_deleted(self):
        photos = self.upload() | self.upload(content=self.image("JPEG"))
        log = self.visit(photos)
        log.photo_ids = [Command.unlink(photos[0].id)]
        self.assertFalse(photos[0].exists())
        self.assertEqual(log.photo_ids, photos[1])
        log.unlink()
        self.assertFalse(photos[1].exists())

    def test_only_images(self):
        page = b"<html><script>alert(1)</script></html>"
        vector = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"
        for content in (page, vector, b"%PDF-1.4", b"not an image"):
            with self.subTest(content), self.assertRaises(ValidationError):
                self.visit(self.upload(content=content, mimetype="image/png"))

    def test_not_too_large_and_not_too_many(self):
        large = self.image() + bytes(10 * 1024**2)
        with self.assertRaises(ValidationError):
            self.visit(self.upload(content=large))
        photos = self.env["ir.attachment"].union(*(self.upload() for _ in range(11)))
        with self.assertRaises(ValidationError):
            self.visit(photos)
        self.visit(photos[:10])

    def test_files_of_others_are_not_taken(self):
        """They would become readable by whoever reads the contact."""
        secret = self.env["ir.attachment"].create(
            {
                "name": "secret.png",
                "raw": self.image(),
                "res_model": "res.company",
                "res_id": self.company.id,
            }
        )
        of_another = self.upload(self.users["order_desk"])
        link = self.upload(type="url", url="https://example.com/x.png", raw=False)
        of_a_contact = self.visit(self.upload()).photo_ids
        log = self.visit(self.env["ir.attachment"])
        for photo in (secret, of_another, link, of_a_contact):
            for call in (
                lambda photo=photo: self.visit(photo),
                lambda photo=photo: log.write({"photo_ids": [Command.link(photo.id)]}),
            ):
                with (
                    self.subTest(photo.name),
                    self.assertRaises(AccessError),
                    self.cr.savepoint(),
                ):
                    call()

    def test_photos_of_contacts_that_were_not_saved(self):
        photo = self.upload()
        kept = self.visit(self.upload()).photo_ids
        self.env.flush_all()
        self.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '2 days'"
            " WHERE res_model = %s",
            [LOG],
        )
        self.env.invalidate_all()
        new = self.upload()
        self.env[LOG]._gc_photos()
        self.assertEqual((photo | kept | new).exists(), kept | new)

    def test_position_is_on_earth(self):
        self.log(place_latitude=22.54, place_longitude=-114.06)
        for latitude, longitude in ((91, 0), (0, 181)):
            with (
                self.subTest(latitude=latitude, longitude=longitude),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.log(place_latitude=latitude, place_longitude=longitude)

    def test_photos_in_the_web_client(self):
        """What the widget asks for, as the one who reads it."""
        log = self.visit(self.upload())
        [read] = log.with_user(self.users["team_leader"]).web_read(
            {"photo_ids": {"fields": {"name": {}, "mimetype": {}}}}
        )
        self.assertEqual(read["photo_ids"][0]["mimetype"], "image/png")

    def test_every_new_photo_is_checked(self):
        """Also a file that was put on the contact by a request."""
        log = self.visit(self.upload())
        log_id = {"res_id": log.id}
        refused = (
            {"raw": b"%PDF-1.4" + b"0" * 99},
            {"raw": b"<script>"},
            {"raw": self.image() + b"0" * 11 * 1024**2},
            {"type": "url", "url": "https://example.com", "raw": False},
        )
        for vals in refused:
            with self.subTest(str(vals)[:40]):
                photo = self.upload(**{**vals, **log_id})
                self.assert_not_added(log, Command.link(photo.id))
                vals = {"name": "x", "res_model": LOG, **log_id, **vals}
                self.assert_not_added(log, Command.create(vals))
        photo = self.upload(self.users["team_leader"], **log_id)
        self.assert_not_added(log, Command.link(photo.id))
        photo = self.upload(public=True, **log_id)
        log.write({"photo_ids": [Command.link(photo.id)]})
        self.assertFalse(photo.sudo().public)
        self.assertEqual(len(log.photo_ids), 2)
        self.assertFalse(self.can_read(photo, self.outsider))
        self.assertTrue(self.can_read(photo, self.salesperson))

    def assert_not_added(self, log, command):
        with (
            self.assertRaises(UserError),
            self.cr.savepoint(),
        ):
            log.write({"photo_ids": [command]})
        self.env.invalidate_all()
