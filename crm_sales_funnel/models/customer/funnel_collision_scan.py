import time
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools.matching import STRONG
from .funnel_collision import MANAGER
from .funnel_collision_search import LEAD, PARTNER

AT_ONCE = 200  # customers or leads that are compared in one transaction
EVERY = timedelta(days=7)
LATER = timedelta(minutes=5)
WAIT = 1.0  # seconds
ATTEMPTS = 3
CRON = "crm_sales_funnel.funnel_collision_cron_scan"


class FunnelCollisionScan(models.Model):
    """A look through all customers and leads for pairs that may be one: how far it is.

    One goes on at a time. Each step takes the next ones, writes the pairs down, and
    notes how far it came, in one transaction: killed, it goes on from there. In the end
    it looks at the open pairs that were not found again, some at a time too: what is
    alike no more is forgotten.
    """

    _name = "funnel.collision.scan"
    _description = "Scan for Duplicates"
    _order = "id desc"

    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        readonly=True,
        required=True,
        default="running",
    )
    last_partner_id = fields.Integer(readonly=True)
    last_lead_id = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)
    done = fields.Integer(string="Looked Through", readonly=True)
    found = fields.Integer(string="Possible Duplicates Found", readonly=True)
    end_date = fields.Datetime(readonly=True)

    _one_at_a_time = models.UniqueIndex("(state) WHERE state = 'running'")

    @api.model
    def _start(self):
        """Return the scan that runs, a new one if there is none."""
        running = self.search([("state", "=", "running")])
        if not running:
            # Who starts one at the same time is repeated by Odoo, and joins it then.
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO funnel_collision_scan
                           (state, total, done, found, last_partner_id, last_lead_id,
                            create_uid, create_date)
                    SELECT 'running',
                           (SELECT COUNT(*) FROM res_partner
                             WHERE active AND commercial_partner_id = id)
                           + (SELECT COUNT(*) FROM crm_lead
                               WHERE active AND partner_id IS NULL),
                           0, 0, 0, 0, %s, %s
                    ON CONFLICT DO NOTHING
                    """,
                    self.env.uid,
                    # By the clock of the pairs, see below.
                    self.env.cr.now().replace(tzinfo=None),
                )
            )
            running = self.search([("state", "=", "running")])
        return running

    @api.model
    def _start_by_hand(self):
        """Start a scan, or join the one that runs, and show how far it is.

        :raise AccessError: the user is no manager
        """
        self._check_manager()
        scan = self.sudo()._start()  # sudo: nobody writes the rows otherwise
        # It goes on when the dialog is closed.
        later = fields.Datetime.now() + LATER
        self.env.ref(CRON).sudo()._trigger(later)  # sudo: a manager may start this job
        return {
            "type": "ir.actions.client",
            "tag": "funnel_progress",
            "name": self.env._("Looking for duplicates"),
            "target": "new",
            "params": {
                "model": self._name,
                "method": "action_step",
                "ids": scan.ids,
                "total": scan.total,
            },
        }

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers look for duplicates."))

    def action_step(self):
        """Do the next step, and tell how far it is.

        :return: ``done``, ``total``, and at the end the ``action`` that shows the pairs
        :raise AccessError: the user is no manager
        """
        self._check_manager()
        self.ensure_one()
        scan = self.sudo()  # sudo: nobody writes the rows otherwise
        if scan.state == "running" and not scan._step():
            time.sleep(WAIT)  # the job is about it: tell how far it is, not too often
        action = False
        if scan.state == "done":
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_collision_action"
            ) | {"target": "main"}
        return {"done": scan.done, "total": scan.total, "action": action}

    def _step(self) -> bool:
        """Compare the next customers or leads with all others.

        :return: False when somebody else is about it
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return False
        self.invalidate_recordset()
        self.env.flush_all()
        partners = self._get_next(PARTNER, self.last_partner_id)
        records = partners or self._get_next(LEAD, self.last_lead_id)
        if not records:
            if not self._compare_old():
                self._finish()
            return True
        pairs = self.env["funnel.collision.search"]._search_pairs(records, STRONG)
        found = self.env["funnel.collision"]._note_pairs(pairs, "scan")
        last = "last_partner_id" if partners else "last_lead_id"
        self.write(
            {
                last: records[-1].id,
                "done": self.done + len(records),
                "total": max(self.total, self.done + len(records)),
                "found": self.found + len(found),
            }
        )
        return True

    def _get_next(self, model, last):
        """Return the next records that are a customer of their own."""
        table = self.env[model]
        is_own = SQL(
            "commercial_partner_id = id" if model == PARTNER else "partner_id IS NULL"
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE active AND %s AND id > %s ORDER BY id LIMIT %s",
                SQL.identifier(table._table),
                is_own,
                last,
                AT_ONCE,
            )
        )
        return table.browse(key for (key,) in rows)

    def _compare_old(self) -> bool:
        """Compare the next open pairs that were not found again: a search finds no more
        than so many of one phone or name.

        :return: False when there are none left
        """
        collisions = self.env["funnel.collision"]
        old = collisions.search(
            [
                ("state", "=", "open"),
                ("seen_date", "<", self.create_date),
                # Of those nothing can be said until they are back.
                ("is_archived", "=", False),
            ],
            order="id",
            limit=AT_ONCE,
        )
        if not old:
            return False
        collisions._close_joined(
            partners=old.partner_id | old.other_partner_id,
            leads=old.lead_id | old.other_lead_id,
        )
        old = old.filtered(lambda pair: pair.state == "open")
        alike = self.env["funnel.collision.search"]._compare_pairs(old)
        (old - collisions._note_pairs(alike, "scan")).unlink()
        return True

    def _finish(self):
        self.env["funnel.collision"]._close_joined()
        self.write(
            {"state": "done", "end_date": fields.Datetime.now(), "done": self.total}
        )

    @api.model
    def _cron_scan(self):
        """Go on with the scan that runs; begin one if the last is a week ago."""
        scan = self.search([("state", "=", "running")])
        if not scan:
            last = self.search([], limit=1)
            if last and last.end_date > fields.Datetime.now() - EVERY:
                return
            scan = self._start()
        crons = self.env["ir.cron"]
        crons._commit_progress(remaining=scan.total - scan.done)
        failures = 0
        while scan.state == "running":
            done = scan.done
            try:
                taken = scan._step()
            except OperationalError:
                # Somebody else has changed the same: seen in a new transaction.
                self.env.cr.rollback()
                self.env.clear()
                failures += 1
                if failures > ATTEMPTS:
                    raise
                continue
            left = crons._commit_progress(
                max(scan.done - done, 0), remaining=max(scan.total - scan.done, 0)
            )
            if not taken or not left:
                break
