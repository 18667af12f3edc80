import logging

import psycopg2

from odoo import models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class FunnelCommissionPlan(models.Model):
    """Plans that cannot be run keep no other from it, whoever runs them."""

    _inherit = "funnel.commission.plan"

    def _run_by_hand(self) -> int:
        """Run the plan, as ``_run`` does.

        :raise UserError: with the name of the plan, where the database refuses it
        """
        try:
            with self.env.cr.savepoint():
                return self._run()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # Odoo tries again
        except psycopg2.Error as error:
            _logger.exception("Commission plan %s could not be run.", self.id)
            raise UserError(self._say_stuck()) from error

    def _run_all(self):
        """Run these plans: together, and each for itself where that fails.

        :return: those that could not be run, which are marked
        """
        try:
            with self.env.cr.savepoint():
                self._run()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # Odoo tries again
        except Exception:  # whatever it is, the next one tells of which plan
            return self._run_each()
        self._tell_all(self.browse())
        return self.browse()

    def _run_each(self):
        """Run these plans one by one; return those that could not be run."""
        stuck = self.browse()
        plans = self._get_followed().sorted("id")
        plans._take_turn()  # as for all together
        for plan in plans:
            try:
                with self.env.cr.savepoint():
                    plan._run()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception:
                _logger.exception("Commission plan %s could not be run.", plan.id)
                stuck |= plan
        plans._tell_all(stuck)
        return stuck

    def _tell_all(self, stuck) -> None:
        for plan in self:
            plan._tell_stuck(plan in stuck)

    def _say_stuck(self) -> str:
        """Return what is wrong with plans that could not be run, with their names."""
        return self.env._(
            "What is due by %(plans)s could not be booked. Nothing is lost: it is tried"
            " again with each run. The log of the server says why.",
            plans=", ".join(self.mapped("display_name")),
        )

    def _notify_stuck(self, action):
        """Return the action, after a message where some of these could not be run."""
        if not self:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self._say_stuck(),
                "next": action,
            },
        }
