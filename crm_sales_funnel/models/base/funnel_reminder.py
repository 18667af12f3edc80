from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

MODULE = "crm_sales_funnel"
ANY_ROLE = (f"{MODULE}.group_funnel_user",)
# Who sees what is the teams' that he or she leads.
LEADERS = tuple(
    f"{MODULE}.group_funnel_{role}"
    for role in ("team_leader", "order_desk", "warehouse", "finance", "purchasing")
)


@dataclass(frozen=True)
class Reminder:
    """One kind of thing that somebody must do.

    Kinds that differ only in the values of ``match`` are counted by one query, so
    the eight receivables reminders cost as much as one.
    """

    key: str  # unique, "<card>.<what>"
    card: str  # the card of the Today screen that shows it, a key of _cards()
    title: str  # translated, what it counts: "Overdue 31-60 days"
    units: tuple[str, str]  # translated noun of one row and of several
    model: str
    action: str  # xml id of the window action that lists the rows
    domain: Domain = Domain.TRUE
    match: dict[str, Any] = field(default_factory=dict)  # field name -> its value
    groups: tuple[str, ...] = ANY_ROLE  # any of these groups sees it
    # field path of the one who must do it; None where anybody of the groups may
    owner: str | None = "user_id"
    team: str | None = "team_id"  # field path of the sales team
    # Whether leaders of teams also see what is nobody's: nobody's of their groups who
    # could do it, and of no team that has a leader.
    orphans: bool = False
    amount: str | None = None  # monetary field in company currency; summed
    severity: str = "info"  # info, warning, danger
    sequence: int = 10
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def match_domain(self) -> Domain:
        return Domain.AND(Domain(name, "=", v) for name, v in self.match.items())


class FunnelReminder(models.AbstractModel):
    """Registry of reminders: each area adds its kinds, and the Today screen, the
    mail of the day and the tests read the same list."""

    _name = "funnel.reminder"
    _description = "Reminder Registry"

    @api.model
    def _reminders(self) -> list[Reminder]:
        """Return the kinds of reminders of all areas (extended by each area).

        Every domain must be answered by an index.
        """
        return []

    @api.model
    def _cards(self) -> list[dict[str, str]]:
        """Return the cards of the Today screen in their order: dicts of ``key``,
        ``title``, ``icon`` (Font Awesome class), and ``empty``, what to read when
        nothing is due."""
        return []

    @api.model
    @api.readonly
    def get_today(self, reach: str = "own") -> list[dict[str, Any]]:
        """Return what is to be done today, as the current user may see it.

        :param reach: ``own`` (what I must do), ``team`` (what the teams that I lead
            must do) or ``all``; narrowed to what the user's roles allow
        :return: one dict a kind: ``key``, ``card``, ``title``, ``unit``, ``count``,
            ``amount`` (float in ``currency_id``, or None), ``currency_id``,
            ``severity``, ``action`` (a window action on exactly the counted rows)
        :raise AccessError: for users without a role, portal users among them
        """
        reaches = self.env.user._funnel_reaches()
        if not reaches:
            raise AccessError(
                self.env._("Reminders are for users with a Sales Funnel role.")
            )
        reach = reach if reach in reaches else reaches[-1]
        kinds = self._kinds_of_user()
        figures = self._count(kinds, reach)
        actions = self._actions(kinds)
        return [
            self._prepare_answer(kind, reach, *figures[kind.key], actions[kind.action])
            for kind in kinds
        ]

    def _kinds_of_user(self) -> list[Reminder]:
        """Return the kinds that the current user's roles see, in their order."""
        user = self.env.user
        return sorted(
            (
                kind
                for kind in self._reminders()
                if any(user.has_group(group) for group in kind.groups)
                and self.env[kind.model].has_access("read")
            ),
            key=lambda kind: kind.sequence,
        )

    def _prepare_answer(self, kind, reach, count, amount, action) -> dict[str, Any]:
        domain = kind.domain & kind.match_domain & self._reach_domain(kind, reach)
        return {
            "key": kind.key,
            "card": kind.card,
            "title": kind.title,
            "unit": kind.units[count != 1],
            "count": count,
            "amount": amount,
            "currency_id": self.env.company.currency_id.id,
            "severity": kind.severity,
            "action": {
                **action,
                "name": kind.title,
                "domain": list(domain),
                "context": kind.context,
            },
        }

    def _reach_domain(self, kind: Reminder, reach: str) -> Domain:
        if reach == "all" or kind.owner is None:
            return Domain.TRUE
        user = self.env.user
        if reach == "own":
            return Domain(kind.owner, "=", user.id)
        domain = Domain(kind.owner, "in", user._funnel_led_users().ids)
        if kind.team:
            domain |= Domain(f"{kind.team}.user_id", "=", user.id)
        if kind.orphans:
            domain |= self._get_orphans_domain(kind)
        return domain

    def _get_orphans_domain(self, kind: Reminder) -> Domain:
        """Return the domain of what nobody is reminded of: neither one who does it nor
        one who leads the team; who has left, or has no such role any more, does neither."""
        users = self.env["res.users"]
        reminded = users._get_ids_in_groups(kind.groups)
        domain = Domain(kind.owner, "not in", reminded)
        if kind.team:
            leaders = set(reminded).intersection(users._get_ids_in_groups(LEADERS))
            domain &= ~Domain(f"{kind.team}.user_id", "in", sorted(leaders))
        return domain

    def _count(self, kinds: list[Reminder], reach: str) -> dict[str, tuple]:
        """Count the kinds, one query for each family of kinds that differ only in
        the values that they match.

        :return: key -> (count, amount in the currency of the current company)
        """
        families = defaultdict(list)
        for kind in kinds:
            domain = kind.domain & self._reach_domain(kind, reach)
            # Domains that hold a list have no hash; their text tells them apart.
            key = (kind.model, *kind.match, str(domain), kind.amount, str(kind.context))
            families[key].append((kind, domain))
        figures = {}
        for family in families.values():
            first, domain = family[0]
            rows = self._read_family(
                self.env[first.model].with_context(**first.context),
                list(first.match),
                domain & Domain.OR(kind.match_domain for kind, _domain in family),
                first.amount,
            )
            for kind, _domain in family:
                figures[kind.key] = rows[tuple(kind.match.values())]
        return figures

    def _read_family(self, model, fnames, domain, amount):
        """Return values of the ``fnames`` -> (count, amount)."""
        if not amount:
            rows = model._read_group(domain, fnames, ["__count"])
            return defaultdict(
                lambda: (0, None), {tuple(row[:-1]): (row[-1], None) for row in rows}
            )
        target, today = self.env.company.currency_id, fields.Date.context_today(self)
        totals = defaultdict(lambda: (0, 0.0))
        for *values, company, count, total in model._read_group(
            domain, [*fnames, "company_id"], ["__count", f"{amount}:sum"]
        ):
            total = company.currency_id._convert(
                total, target, company or self.env.company, today
            )
            seen = totals[tuple(values)]
            totals[tuple(values)] = (seen[0] + count, seen[1] + total)
        return totals

    def _actions(self, kinds: list[Reminder]) -> dict[str, dict[str, Any]]:
        """Return the window actions of the kinds, read at once."""
        ids = {kind.action: self.env.ref(kind.action).id for kind in kinds}
        # sudo: any user may open an action that is offered to him; the rows
        # that it shows are those that he may read.
        actions = self.env["ir.actions.act_window"].sudo().browse(ids.values())
        return {
            xmlid: {
                "type": "ir.actions.act_window",
                "res_model": action.res_model,
                "views": action.views,
                "mobile_view_mode": action.mobile_view_mode,
                "search_view_id": [action.search_view_id.id, ""]
                if action.search_view_id
                else False,
                "target": "current",
                "help": action.help,
            }
            for (xmlid, action) in zip(ids, actions, strict=True)
        }
