import math
from collections import defaultdict
from typing import Any

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import pasted
from ..base.finite_amounts import HIGHEST
from .funnel_payroll_rows import MOST_COLUMNS, MOST_ROWS

MOST_CHARACTERS = 500_000
MOST_ERRORS = 20
MOST_OFFERED = 8
KEYS = ("name", "email", "ref")  # of a partner; beside them, the login of the user


class FunnelPayroll(models.Model):
    """Paste from Excel: every row is understood, or nothing is taken over."""

    _inherit = "funnel.payroll"

    def paste(self, text: str) -> bool:
        """Take over what was copied from a spreadsheet. Of employees who are in the
        grid already, the pasted columns are replaced.

        :param text: see ``read_paste``
        :raise UserError: with the number of each row that is wrong; nothing is written
        """
        self.ensure_one()
        self.check_access("write")
        read = self.read_paste(text, self.item_ids.ids, self.company_id.id)
        if read["errors"]:
            raise UserError("\n".join(read["errors"]))
        rows = {row["partner_id"]: row for row in self.rows["lines"]}
        for row in read["rows"]:
            old = rows.setdefault(row["partner_id"], {**row, "amounts": {}})
            old["amounts"] = {**old["amounts"], **row["amounts"]}
        self.rows = {"version": self.version, "lines": list(rows.values())}
        return True

    @api.model
    def read_paste(
        self, text: str, item_ids: list[int], company_id: int
    ) -> dict[str, list]:
        """Return what the rows of a spreadsheet say. Nothing is written.

        :param text: rows of cells with tabs between them: first the employee (name,
            login, email or code), then the amounts, in the order of the items or, with
            a row of titles above them, in any order
        :param item_ids: the columns of the grid
        :return: ``rows`` as the grid has them, and ``errors``, a text for each cell
            that is not understood; with an error there are no rows
        """
        self.check_access("write")
        self._check_own_company(company_id)
        company = self.env["res.company"].browse(company_id)
        items = self._browse_items(item_ids)
        errors: list[str] = []
        rows = self._split(text, errors)
        found = self._match([row[0] for _number, row in rows], company)
        columns = self._read_titles(rows, items, found, errors) if rows else {}
        read = [
            self._read_pasted(number, cells, columns, found, errors)
            for number, cells in rows
        ]
        self._check_twice(rows, read, errors)
        if len(errors) > MOST_ERRORS:
            more = self.env._("And %s more.", len(errors) - MOST_ERRORS)
            errors[MOST_ERRORS:] = [more]
        return {"rows": [] if errors else read, "errors": errors}

    @api.model
    def find_employees(self, term: str, company_id: int) -> list[dict[str, Any]]:
        """Return the first employees whose name, login, email or code has a text in it:
        the users of the company, and who was in a payroll before; then other people.

        :return: rows of the grid without amounts
        """
        self.check_access("read")
        self._check_own_company(company_id)
        company = self.env["res.company"].browse(company_id)
        term = pasted.one_line(term or "")[:100]
        some = Domain.OR(Domain(key, "ilike", term) for key in KEYS)
        some |= Domain("user_ids.login", "ilike", term)
        partners = self.env["res.partner"]
        people = partners.search(
            self._get_employee_domain(company) & some, limit=MOST_OFFERED
        )
        if term and len(people) < MOST_OFFERED:
            domain = self._get_person_domain(company) & some
            others = domain & Domain("id", "not in", people.ids)
            people += partners.search(others, limit=MOST_OFFERED - len(people))
        return [self._prepare_row(partner) for partner in people]

    # ------------------------------------------------------------------
    # Employees
    # ------------------------------------------------------------------

    def _get_person_domain(self, company) -> Domain:
        # sudo: who works in a branch need not work in the company above it.
        holders = company.sudo().parent_ids
        return Domain("is_company", "=", False) & Domain(
            "company_id", "in", [False, *holders.ids]
        )

    def _get_employee_domain(self, company) -> Domain:
        """Return who works there, as far as it is known."""
        lines = self.env["funnel.payroll.line"]
        known = lines._read_group([("company_id", "=", company.id)], ["partner_id"])
        users = Domain("user_ids.share", "=", False) & Domain(
            "user_ids.company_ids", "in", company.ids
        )
        ids = [partner.id for (partner,) in known]
        return self._get_person_domain(company) & (users | Domain("id", "in", ids))

    def _prepare_row(self, partner, amounts=None) -> dict[str, Any]:
        return {
            "partner_id": partner.id,
            "name": partner.name or "",
            "code": partner.ref or "",
            "amounts": amounts or {},
        }

    def _match(self, names: list[str], company) -> dict[str, models.BaseModel]:
        """Return whom each text means: those who work there, else other people."""
        partners = self.env["res.partner"]
        found = self._match_among(
            names, partners.search(self._get_employee_domain(company))
        )
        left = [name for name in names if not found[pasted.fold(name)]]
        if left:
            texts = {
                text for name in left for text in (name.lower(), pasted.fold(name))
            }
            some = Domain.OR(self._is_one_of(key, texts) for key in KEYS)
            others = partners.search(
                self._get_person_domain(company) & some, limit=10 * MOST_ROWS
            )
            found |= self._match_among(left, others)
        return found

    def _is_one_of(self, key: str, texts: set[str]) -> Domain:
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "LOWER(%s) IN %s",
                model._field_to_sql(alias, key, query),
                tuple(texts),
            )
        )

    def _match_among(self, names: list[str], partners) -> dict[str, models.BaseModel]:
        meant = defaultdict(lambda: partners.browse())
        for partner in partners:
            texts = [partner[key] for key in KEYS]
            texts += partner.user_ids.mapped("login")
            for text in {pasted.fold(text) for text in texts if text}:
                meant[text] += partner
        return {key: meant[key] for key in map(pasted.fold, names)}

    # ------------------------------------------------------------------
    # Cells
    # ------------------------------------------------------------------

    def _split(self, text: str, errors: list[str]) -> list[tuple[int, list[str]]]:
        if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
            errors.append(self.env._("This is too much to be pasted at once."))
            return []
        if not pasted.is_storable(text):
            errors.append(self.env._("A text has a character in it that is none."))
            return []
        rows = pasted.split_rows(text)
        if len(rows) > MOST_ROWS:
            errors.append(self.env._("Paste up to %s rows at once.", MOST_ROWS))
            return []
        if not rows:
            errors.append(self.env._("There is nothing to paste."))
        if any(len(cells) > MOST_COLUMNS + 1 for _number, cells in rows):
            errors.append(self.env._("Paste up to %s columns at once.", MOST_COLUMNS))
            return []
        return rows

    def _browse_items(self, ids: Any):
        """Return the items of the columns, in their order."""
        if not isinstance(ids, list) or any(type(id_) is not int for id_ in ids):
            raise UserError(self.env._("Columns are pay items."))
        return self.env["funnel.cost.item"].browse(ids).exists().sorted()

    def _read_titles(self, rows, items, found, errors: list[str]) -> dict[int, Any]:
        """Return the item of each column, and take the row of titles away. Without one
        the columns are in the order of the items. Titles are known by an item among
        them; a row of somebody's pay is none, whatever is wrong in it."""
        number, cells = rows[0]
        titles = cells[1:]
        names = self._get_names(items)
        is_pay = cells[0] and found[pasted.fold(cells[0])]
        if is_pay or not any(pasted.fold(title) in names for title in titles):
            return dict(enumerate(items, 1))
        del rows[0]
        if not rows:
            errors.append(self.env._("There is nothing to paste."))
        columns: dict[int, Any] = {}
        for index, title in enumerate(titles, 1):
            item = names.get(pasted.fold(title))
            if item and item in columns.values():
                error = self.env._("this column is there twice")
            elif item or not self._has_cells(rows, index):
                columns[index] = item
                continue
            else:
                error = self.env._("it is none of the columns")
            errors.append(self._tell(number, index, title, error))
            columns[index] = None
        return columns

    def _get_names(self, items) -> dict[str, Any]:
        """Return the items by what they are called in any of the languages."""
        names: dict[str, Any] = {}
        for code, _name in self.env["res.lang"].get_installed():
            for item in items.with_context(lang=code):
                names.setdefault(pasted.fold(item.name), item.with_env(self.env))
        return names

    def _has_cells(self, rows, index: int) -> bool:
        return any(len(cells) > index and cells[index] for _number, cells in rows)

    def _read_pasted(self, number, cells, columns, found, errors) -> dict[str, Any]:
        meant = found[pasted.fold(cells[0])] if cells[0] else None
        if not meant:
            error = self.env._(
                "there is no employee of this name, login, email or code"
            )
            errors.append(self._tell(number, 0, cells[0], error))
        elif len(meant) > 1:
            error = self.env._("there are several employees whom it may mean")
            errors.append(self._tell(number, 0, cells[0], error))
        amounts = {}
        for index, cell in enumerate(cells[1:], 1):
            if index not in columns:
                if cell:
                    error = self.env._("it is in none of the columns")
                    errors.append(self._tell(number, index, cell, error))
                continue
            amount = self._read_cell(number, index, cell, errors)
            if columns[index] and cell:
                amounts[str(columns[index].id)] = amount
        return self._prepare_row((meant or self.env["res.partner"])[:1], amounts)

    def _read_cell(self, number, index, cell, errors) -> float:
        try:
            amount = self._to_number(cell)
        except ValueError:
            errors.append(
                self._tell(number, index, cell, self.env._("it is no number"))
            )
            return 0.0
        if not math.isfinite(amount) or abs(amount) >= HIGHEST["monetary"]:
            errors.append(
                self._tell(number, index, cell, self.env._("it is too large"))
            )
        return amount

    def _to_number(self, cell: str) -> float:
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return pasted.to_number(cell, lang.decimal_point, lang.thousands_sep)

    def _check_twice(self, rows, read, errors: list[str]) -> None:
        first: dict[int, int] = {}
        for (number, cells), row in zip(rows, read, strict=True):
            before = first.setdefault(row["partner_id"], number)
            if row["partner_id"] and before != number:
                error = self.env._("the same employee is in row %s", before)
                errors.append(self._tell(number, 0, cells[0], error))

    def _tell(self, number: int, index: int, cell: str, error: str) -> str:
        return self.env._(
            "Row %(row)s, column %(column)s, “%(cell)s”: %(error)s.",
            row=number,
            column=pasted.column_letter(index),
            cell=cell[:60],
            error=error,
        )
