from functools import reduce
from itertools import islice

from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import formatLang

from ...tools.commission import days_between, decimals_of, has_end

# So many of a kind are told one by one.
TOLD = 12


class FunnelCommissionPlan(models.Model):
    """A plan in sentences, in the language of the user."""

    _inherit = "funnel.commission.plan"

    headline = fields.Char(
        "What It Pays",
        compute="_compute_headline",
        help="The rate and the levels in a sentence.",
    )
    details = fields.Text("And Besides", compute="_compute_details")
    sentence = fields.Text("In Words", compute="_compute_sentence")

    @api.depends_context("lang")
    @api.depends(
        "basis",
        "company_id",
        "level_ids.bound",
        "level_ids.fixed",
        "level_ids.rate",
        "level_measure",
        "level_mode",
        "measure",
        "period",
        "rate",
        "uom_id",
    )
    def _compute_headline(self):
        for plan in self:
            levels = plan.level_ids.sorted("bound")
            parts = [
                plan._say_base(),
                *(plan._say_level(level, level == levels[0]) for level in levels),
            ]
            plan.headline = plan._say_end(plan._say_list(parts))

    @api.depends_context("lang", "uid")
    @api.depends(
        "basis",
        "company_id",
        "date_from",
        "level_ids",
        "factor_ids.driver",
        "factor_ids.kind",
        "factor_ids.payment_method_line_id",
        "factor_ids.value",
        "factor_ids.value_from",
        "factor_ids.value_to",
        "measure",
        "member_ids.country_ids",
        "member_ids.date_from",
        "member_ids.date_to",
        "member_ids.is_taken",
        "member_ids.leaver",
        "member_ids.leaver_share",
        "member_ids.scope",
        "member_ids.share",
        "member_ids.state_ids",
        "member_ids.team_id",
        "member_ids.user_id",
        "period",
        "previous_id",
        "release_ids.event",
        "release_ids.percent",
        "rule_ids.categ_id",
        "rule_ids.customer_level_id",
        "rule_ids.kind",
        "rule_ids.multiplier",
        "rule_ids.partner_id",
        "rule_ids.product_id",
        "rule_ids.rate",
        "rule_ids.team_id",
        "uom_id",
    )
    def _compute_details(self):
        # Of the others, a salesperson is not told.
        members = self.member_ids._filtered_access("read")
        for plan in self:
            # sudo: the names of what the plan speaks about, for who reads the plan.
            told = plan.sudo()
            plan.details = "\n".join(
                [
                    *plan._say_some(told.rule_ids, plan._say_rule),
                    *plan._say_some(told.factor_ids, plan._say_factor),
                    *plan._say_releases(),
                    *plan._say_services(),
                    *plan._say_members(plan.member_ids & members),
                    *plan._say_counted(),
                ]
            )

    @api.depends_context("lang", "uid")
    @api.depends("headline", "details")
    def _compute_sentence(self):
        for plan in self:
            plan.sentence = "\n".join(filter(None, [plan.headline, plan.details]))

    # ------------------------------------------------------------------
    # Numbers and lists
    # ------------------------------------------------------------------

    def _say_number(self, number):
        return formatLang(self.env, number, digits=decimals_of(number))

    def _say_percent(self, percent):
        return self.env._("%(number)s %%", number=self._say_number(percent))

    def _say_money(self, amount):
        return format_amount(
            self.env, amount, self.currency_id or self.env.company.currency_id
        )

    def _say_rate(self, rate):
        if self.measure != "quantity":
            return self._say_percent(rate)
        return self.env._(
            "%(amount)s for each %(unit)s",
            amount=self._say_price(rate),
            unit=self.uom_id.name or "?",
        )

    def _say_price(self, price):
        """An amount for a unit has as many decimals as it needs."""
        currency = self.currency_id or self.env.company.currency_id
        digits = decimals_of(price)
        if digits <= currency.decimal_places:
            return self._say_money(price)
        number = formatLang(self.env, price, digits=digits)
        parts = [number, currency.symbol or ""]
        return "\N{NO-BREAK SPACE}".join(
            parts if currency.position == "after" else reversed(parts)
        )

    def _say_list(self, parts):
        return reduce(
            lambda first, second: self.env._(
                "%(first)s, %(second)s", first=first, second=second
            ),
            parts,
        )

    def _say_end(self, text):
        return self.env._("%(text)s.", text=text)

    def _say_some(self, parts, say):
        """Return a line for each of the first parts, and one that counts the others."""
        # A slice of records would be read plan by plan.
        lines = [say(part) for part in islice(parts, TOLD)]
        if len(parts) > TOLD:
            lines.append(self.env._("And %(count)s more.", count=len(parts) - TOLD))
        return lines

    # ------------------------------------------------------------------
    # Rate and levels
    # ------------------------------------------------------------------

    def _say_base(self):
        if self.measure == "quantity":
            return self._say_amount_of_unit()
        return self.env._(
            "%(rate)s of %(what)s",
            rate=self._say_percent(self.rate),
            what=self._say_what() or "?",
        )

    def _say_amount_of_unit(self):
        said = {
            "amount": self._say_price(self.rate),
            "unit": self.uom_id.name or "?",
        }
        if self.basis == "ordered":
            return self.env._("%(amount)s for each %(unit)s ordered", **said)
        if self.basis == "delivered":
            return self.env._("%(amount)s for each %(unit)s delivered", **said)
        if self.basis == "invoiced":
            return self.env._("%(amount)s for each %(unit)s invoiced", **said)
        return self.env._("%(amount)s for each %(unit)s that was paid", **said)

    def _say_what(self):
        """Return what the percentage is of."""
        said = {
            "untaxed ordered": self.env._("the untaxed amount ordered"),
            "untaxed delivered": self.env._("the untaxed amount delivered"),
            "untaxed invoiced": self.env._("the untaxed amount invoiced"),
            "untaxed collected": self.env._("the untaxed amount collected"),
            "margin ordered": self.env._("the margin of what was ordered"),
            "margin delivered": self.env._("the margin of what was delivered"),
            "margin invoiced": self.env._("the margin of what was invoiced"),
            "margin collected": self.env._("the margin of what was collected"),
        }
        return said.get(f"{self.measure} {self.basis}")

    def _say_level(self, level, is_first):
        said = {
            "rate": self._say_price(level.rate)
            if self.measure == "quantity"
            else self._say_percent(level.rate),
            "bound": self._say_bound(level.bound),
        }
        if is_first:
            said["bound"] = self._say_period(said["bound"])
        if self.level_mode == "retroactive":
            text = self.env._("%(rate)s for all of it from %(bound)s on", **said)
        else:
            text = self.env._("%(rate)s above %(bound)s", **said)
        if level.fixed:
            text = self.env._(
                "%(level)s and %(bonus)s once",
                level=text,
                bonus=self._say_money(level.fixed),
            )
        return text

    def _say_bound(self, bound):
        number = self._say_number(bound)
        if self.level_measure == "quantity":
            return self.env._(
                "%(number)s %(unit)s", number=number, unit=self.uom_id.name or "?"
            )
        if self.level_measure == self.measure:
            return number
        if self.level_measure == "margin":
            return self.env._("a margin of %(number)s", number=number)
        return self.env._("an untaxed amount of %(number)s", number=number)

    def _say_period(self, bound):
        if self.period == "quarter":
            return self.env._("%(bound)s a quarter", bound=bound)
        if self.period == "year":
            return self.env._("%(bound)s a year", bound=bound)
        return self.env._("%(bound)s a month", bound=bound)

    # ------------------------------------------------------------------
    # Rates of their own, and factors
    # ------------------------------------------------------------------

    def _say_rule(self, rule):
        effect = {
            "rate": self._say_rate(rule.rate),
            "multiplier": self._say_times(rule.multiplier),
        }.get(rule.kind)
        return self._say_effect(
            self._say_conditions(rule),
            effect or self._say_nothing(),
        )

    def _say_nothing(self):
        if self.level_ids:
            return self.env._("nothing, and it does not count for the levels")
        return self.env._("nothing")

    def _say_conditions(self, rule):
        """Return for what a rule is."""
        conditions = [
            rule.product_id.display_name,
            rule.categ_id.display_name,
            rule.partner_id.display_name,
            rule.customer_level_id
            and self.env._(
                "Customer level %(level)s", level=rule.customer_level_id.name
            ),
            rule.team_id and self.env._("Sales team %(team)s", team=rule.team_id.name),
        ]
        return self._say_list(list(filter(None, conditions)) or ["?"])

    def _say_factor(self, factor):
        effect = {
            "rate": self._say_rate(factor.value),
            "multiplier": self._say_times(factor.value),
        }.get(factor.kind) or self.env._(
            "%(percent)s less for each 30 days begun",
            percent=self._say_percent(factor.value),
        )
        return self._say_effect(self._say_when(factor), effect)

    def _say_effect(self, condition, effect):
        return self.env._(
            "%(condition)s: %(effect)s.", condition=condition, effect=effect
        )

    def _say_times(self, number):
        return self.env._("%(number)s × the rate", number=self._say_number(number))

    def _say_when(self, factor):
        driver = factor.driver
        if driver == "method":
            method = factor.payment_method_line_id.display_name or "?"
            return self.env._("Paid by %(method)s", method=method)
        if driver == "days_delivery":
            return self.env._(
                "Paid %(days)s after the delivery", days=self._say_days(factor)
            )
        if driver == "days_invoice":
            return self.env._(
                "Paid %(days)s after the invoice", days=self._say_days(factor)
            )
        if driver == "days_due":
            return self._say_days_due(factor)
        if driver == "margin_percent":
            return self.env._(
                "Margin %(range)s", range=self._say_range(factor, self._say_percent)
            )
        if driver == "discount_percent":
            return self.env._(
                "Discount %(range)s", range=self._say_range(factor, self._say_percent)
            )
        if driver == "customer_age":
            return self._say_age(factor)
        return self.env._(
            "Document %(range)s", range=self._say_range(factor, self._say_number)
        )

    def _say_days_due(self, factor):
        first, last = days_between(factor.value_from, factor.value_to)
        if last is not None and last < 0:
            return self.env._(
                "Paid %(first)s to %(last)s days before the due date",
                first=-last,
                last=-first,
            )
        return self.env._(
            "Paid %(days)s after the due date", days=self._say_days(factor)
        )

    def _say_days(self, factor):
        first, last = days_between(factor.value_from, factor.value_to)
        if last is None:
            return self.env._("%(first)s or more days", first=first)
        return self.env._("%(first)s to %(last)s days", first=first, last=last)

    def _say_age(self, factor):
        start, end = factor.value_from, factor.value_to
        said = {"start": self._say_number(start), "end": self._say_number(end)}
        if not has_end(start, end):
            return self.env._("First order %(start)s or more months ago", **said)
        if not start:
            return self.env._("First order less than %(end)s months ago", **said)
        return self.env._(
            "First order %(start)s to less than %(end)s months ago", **said
        )

    def _say_range(self, factor, say):
        start, end = factor.value_from, factor.value_to
        if not has_end(start, end):
            return self.env._("from %(start)s on", start=say(start))
        return self.env._(
            "from %(start)s to below %(end)s", start=say(start), end=say(end)
        )

    # ------------------------------------------------------------------
    # Releases and members
    # ------------------------------------------------------------------

    def _say_services(self):
        """Nothing tells on which day a service was delivered."""
        if "delivered" not in (self.basis, *self.release_ids.mapped("event")):
            return []
        return [self.env._("Services count as delivered when they are invoiced.")]

    def _say_counted(self):
        """Return what levels count, where that is not plain."""
        lines = []
        if not self.level_ids:
            return lines
        if (
            self.previous_id
            and self.date_from
            and self.date_from > self._get_first_day()
        ):
            lines.append(
                self.env._(
                    "What was sold in its first period by the version before counts for"
                    " its levels; a bonus that was paid then at the same bound or a higher"
                    " one is not paid again."
                )
            )
        if any(member.share < 100 for member in self.member_ids):
            lines.append(
                self.env._(
                    "Levels count all that is sold, and not only the share of it."
                )
            )
        if any(
            len(set(members.mapped("scope"))) > 1
            for members in self.member_ids.grouped("user_id").values()
        ):
            lines.append(
                self.env._(
                    "For levels, what somebody sells, what a team sells and what is sold"
                    " in a territory are counted apart."
                )
            )
        return lines

    def _say_releases(self):
        if not self.release_ids:
            return []
        events = {
            "ordered": self.env._("when ordered"),
            "delivered": self.env._("when delivered"),
            "invoiced": self.env._("when invoiced"),
            "collected": self.env._("as it is collected"),
            "fully_collected": self.env._("when all is collected"),
            "year_end": self.env._("at the end of the year"),
        }
        parts = [
            self.env._(
                "%(percent)s %(event)s",
                percent=self._say_percent(release.percent),
                event=events.get(release.event, "?"),
            )
            for release in self.release_ids
        ]
        return [self.env._("Released: %(parts)s.", parts=self._say_list(parts))]

    def _say_members(self, members):
        if not members:
            return [self.env._("Every salesperson earns from what he or she sold.")]
        members = members.sudo()  # sudo: the names of users, teams and places
        simple = members.filtered(lambda m: m.scope == "own" and m.share == 100)
        simple -= self._get_leavers(simple)
        lines = self._say_some(members - simple, self._say_member)
        if simple:
            names = [self._say_name(member) for member in islice(simple, TOLD)]
            if len(simple) > TOLD:
                names.append(self.env._("%(count)s more", count=len(simple) - TOLD))
            lines.insert(
                0, self.env._("For own sales: %(names)s.", names=self._say_list(names))
            )
        return lines

    def _say_name(self, member):
        said = {
            "name": member.user_id.name or "?",
            "start": format_date(self.env, member.date_from),
            "end": format_date(self.env, member.date_to),
        }
        if member.date_from and member.date_to:
            return self.env._("%(name)s (%(start)s to %(end)s)", **said)
        if member.date_from:
            return self.env._("%(name)s (from %(start)s)", **said)
        if member.date_to:
            return self.env._("%(name)s (until %(end)s)", **said)
        return said["name"]

    def _say_member(self, member):
        said = {
            "name": self._say_name(member),
            "share": self._say_percent(member.share),
        }
        if member.scope == "own":
            text = self.env._("%(name)s: %(share)s of it for own sales", **said)
        elif member.scope == "team":
            said["team"] = member.team_id.name or "?"
            text = self.env._("%(name)s: %(share)s of it for sales of %(team)s", **said)
        else:
            places = [
                *member.state_ids.mapped("name"),
                *member.country_ids.mapped("name"),
            ]
            said["places"] = self._say_list(places or ["?"])
            text = self.env._(
                "%(name)s: %(share)s of it for sales in %(places)s", **said
            )
        if member.is_taken:
            text = self.env._("%(text)s, taken from the salesperson", text=text)
        elif member.scope != "own":
            text = self.env._("%(text)s, in addition", text=text)
        if self._get_leavers(member):
            text = self._say_leaver(text, member)
        return self._say_end(text)

    def _get_leavers(self, members):
        """Return those who do not get all of what comes after their last day."""
        if self.basis != "collected" and not self.release_ids:
            return members.browse()
        return members.filtered(lambda m: m.date_to and m.leaver != "keeps")

    def _say_leaver(self, text, member):
        if member.leaver == "loses":
            return self.env._("%(text)s, nothing of it after the last day", text=text)
        return self.env._(
            "%(text)s, %(part)s of it after the last day",
            text=text,
            part=self._say_percent(member.leaver_share),
        )
