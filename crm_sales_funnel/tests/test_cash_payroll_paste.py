from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .payroll_common import ONE, OTHER, PayrollCommon


@tagged("post_install", "-at_install")
class TestCashPayrollPaste(PayrollCommon):
    """The columns are in the order of the items: wages, bonus, allowance, social
    insurance withheld, income tax withheld, social insurance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one.write({"name": "王芳 Wang Fang", "ref": "E001", "email": "wf@x.test"})
        cls.other.name = "Li Jianguo"

    def read_text(self, text, user=None):
        return self.payrolls(user).read_paste(
            text, [item.id for item in self.items.values()], self.company.id
        )

    def assert_read(self, text, **amounts):
        """One row is read, of the one employee."""
        read = self.read_text(text)
        self.assertEqual(read["errors"], [])
        names = {str(item.id): name for name, item in self.items.items()}
        (row,) = read["rows"]
        self.assertEqual(row["partner_id"], self.one.id)
        found = {names[item]: amount for item, amount in row["amounts"].items()}
        self.assertEqual(found, amounts)

    def assert_wrong(self, text, *errors):
        """Each row that is wrong is told, and nothing is written."""
        self.assertEqual(self.read_text(text), {"rows": [], "errors": list(errors)})
        payroll = self.payroll(post=False)
        before = payroll.rows
        with self.assertRaises(UserError) as raised, self.env.cr.savepoint():
            payroll.paste(text)
        self.assertEqual(str(raised.exception), "\n".join(errors))
        payroll.invalidate_recordset()
        self.assertEqual(payroll.rows, before)
        self.assertEqual(payroll.state, "draft")
        payroll.unlink()

    # ------------------------------------------------------------------
    # What is understood
    # ------------------------------------------------------------------

    def test_the_order_shown(self):
        payroll = self.payroll(post=False, rows={"lines": []})
        payroll.paste(
            "E001\t8,000.00\t500\t\t800\t120\t1600\r\n"
            "li  jianguo\t12000\t\t300\t1200\t450.00\t2,400.00\r\n"
        )
        self.assertEqual(self.amounts_of(payroll), {self.one: ONE, self.other: OTHER})
        payroll.action_post()
        self.assertEqual(payroll.net, 18230)

    def test_with_titles_in_any_order(self):
        self.assert_read(
            "Name\tIncome tax withheld\tWAGES\t\nE001\t120\t8000\t\n",
            income_tax=120,
            wages=8000,
        )

    def test_titles_in_another_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.items["wages"].sudo().with_context(lang="zh_CN").name = "工资"
        self.assert_read("姓名\t工资\nE001\t8000", wages=8000)

    def test_who_is_meant(self):
        for text in (
            "王芳 wang fang",
            "王芳　Ｗang Ｆang",
            self.users["salesperson"].login,
            "WF@x.test",
            "e001",
        ):
            with self.subTest(text):
                self.assert_read(f"{text}\t5", wages=5)

    def test_numbers(self):
        for text, amount in (
            ("1,234.50", 1234.5),
            ("１，２３４．５０", 1234.5),
            ("-80", -80),
            ("−80", -80),
            ("(80.00)", -80),
            ("¥ 80", 80),
            (" - ", 0),
        ):
            with self.subTest(text):
                self.assert_read(f"E001\t{text}", wages=amount)

    def test_numbers_as_the_language_has_them(self):
        lang = self.env["res.lang"]._activate_lang("de_DE")
        lang.write({"decimal_point": ",", "thousands_sep": "."})
        self.finance.lang = "de_DE"
        read = self.payrolls().with_context(lang="de_DE")
        (row,) = read.read_paste(
            "E001\t1.234,50", self.items["wages"].ids, self.company.id
        )["rows"]
        self.assertEqual(list(row["amounts"].values()), [1234.5])

    def test_employees_come_before_others_of_their_name(self):
        self.env["res.partner"].create({"name": "Li Jianguo"})
        (row,) = self.read_text("Li Jianguo\t5")["rows"]
        self.assertEqual(row["partner_id"], self.other.id)

    def test_people_without_a_user(self):
        driver = self.env["res.partner"].create({"name": "Driver Xu"})
        (row,) = self.read_text("Driver Xu\t5")["rows"]
        self.assertEqual((row["partner_id"], row["name"]), (driver.id, "Driver Xu"))

    def test_pasted_columns_of_who_is_there(self):
        """What is pasted replaces what was there; empty cells and other employees stay
        as they are."""
        payroll = self.payroll(post=False)
        payroll.paste("Name\tWages\tBonus\nE001\t8100\t")
        self.assertEqual(
            self.amounts_of(payroll),
            {self.one: {**ONE, "wages": 8100}, self.other: OTHER},
        )

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def test_unknown_employee(self):
        self.assert_wrong(
            "E001\t5\nNobody\t5\n\t7",
            "Row 2, column A, “Nobody”: there is no employee of this name, login, email"
            " or code.",
            "Row 3, column A, “”: there is no employee of this name, login, email or"
            " code.",
        )

    def test_a_company_is_no_employee(self):
        self.assertIn("no employee", self.read_text("Nordwind GmbH\t5")["errors"][0])

    def test_ambiguous_employee(self):
        self.env["res.partner"].create([{"name": "Twin"}, {"name": "twin", "ref": "T"}])
        self.assert_wrong(
            "Twin\t5",
            "Row 1, column A, “Twin”: there are several employees whom it may mean.",
        )

    def test_employee_twice(self):
        self.assert_wrong(
            "E001\t5\n\n王芳 Wang Fang\t6",
            "Row 3, column A, “王芳 Wang Fang”: the same employee is in row 1.",
        )

    def test_unknown_column(self):
        self.assert_wrong(
            "Name\tWages\tGross\nE001\t5\t5",
            "Row 1, column C, “Gross”: it is none of the columns.",
        )
        self.assert_wrong(
            "Name\tWages\twages\nE001\t5\t5",
            "Row 1, column C, “wages”: this column is there twice.",
        )
        self.assert_wrong(
            "E001\t1\t2\t3\t4\t5\t6\t7",
            "Row 1, column H, “7”: it is in none of the columns.",
        )

    def test_no_number(self):
        texts = ("1,23", "5 pieces", "1.2.3", "nan", "inf", "1e5", "٣", "=A1")
        marked = ("8000²", "8000①", "12₂", "5⒈")  # by footnotes, or in lists
        for text in texts + marked:
            with self.subTest(text):
                self.assert_wrong(
                    f"Li Jianguo\t5\nE001\t5\t{text}",
                    f"Row 2, column C, “{text}”: it is no number.",
                )

    def test_a_first_row_that_is_no_row_of_titles(self):
        """An employee is no title, and what is no number is told, not passed over."""
        wrong = "it is no number."
        for text, cell in (
            ("E001\t1.234,50\nLi Jianguo\t", "1.234,50"),
            ("E001\t1.234,50\nLi Jianguo\t12000", "1.234,50"),
            ("E001\t8000元\nLi Jianguo\t12000", "8000元"),
            ("E001\t=1+1", "=1+1"),
            ("E001\tWages", "Wages"),
        ):
            with self.subTest(text):
                self.assert_wrong(text, f"Row 1, column B, “{cell}”: {wrong}")
        nobody = "there is no employee of this name, login, email or code."
        self.assert_wrong(
            "\t5%",
            f"Row 1, column A, “”: {nobody}",
            f"Row 1, column B, “5%”: {wrong}",
        )
        self.assert_wrong(
            "Name\tGross\nE001\t5",
            f"Row 1, column A, “Name”: {nobody}",
            f"Row 1, column B, “Gross”: {wrong}",
        )
        self.assert_wrong("Name\tWages", "There is nothing to paste.")

    def test_columns_that_no_screen_sends(self):
        for items in (["x"], [[1]], 5, [True], None):
            with self.subTest(items), self.assertRaises(UserError):
                self.payrolls().read_paste("E001\t5", items, self.company.id)

    def test_not_finite(self):
        for text in ("9" * 400, "1" + "0" * 15):
            self.assert_wrong(
                f"E001\t{text}", f"Row 1, column B, “{text[:60]}”: it is too large."
            )

    def test_every_wrong_row_is_told(self):
        self.assert_wrong(
            "E001\tx\t5\nNobody\t6\nLi Jianguo\ty\t7",
            "Row 1, column B, “x”: it is no number.",
            "Row 2, column A, “Nobody”: there is no employee of this name, login, email"
            " or code.",
            "Row 3, column B, “y”: it is no number.",
        )
        errors = self.read_text("\n".join(f"Nobody {n}\t5" for n in range(30)))[
            "errors"
        ]
        self.assertEqual((len(errors), errors[-1]), (21, "And 10 more."))

    def test_what_is_no_text(self):
        for text in ("E001\t5\nXu\ud800\t6", "E001\t5\0"):
            with self.subTest(text):
                self.assert_wrong(text, "A text has a character in it that is none.")
                self.assertEqual(
                    self.payrolls().find_employees(text, self.company.id), []
                )

    def test_too_much(self):
        for text, told in (
            ("", "nothing to paste"),
            ("\t\n \n", "nothing to paste"),
            ("x" * 500_001, "too much"),
            ("E001\t5\n" * 1001, "up to 1000 rows"),
            ("E001" + "\t5" * 41, "up to 40 columns"),
            ("E001\t" + '"' + "\t5" * 200_000, "up to 40 columns"),
        ):
            with self.subTest(told):
                (error,) = self.read_text(text)["errors"]
                self.assertRegex(error, told)
        for wrong in (None, 5, ["x"]):
            self.assertIn("too much", self.read_text(wrong)["errors"][0])

    # ------------------------------------------------------------------
    # For whom
    # ------------------------------------------------------------------

    def test_for_finance_alone(self):
        payrolls = self.payrolls(self.users["manager"])
        with self.assertRaises(AccessError):
            self.read_text("E001\t5", self.users["manager"])
        with self.assertRaises(AccessError):
            self.read_text("E001\t5", self.users["salesperson"])
        with self.assertRaises(AccessError):
            payrolls.browse(self.payroll(post=False).id).paste("E001\t5")
        with self.assertRaises(AccessError):
            self.payrolls(self.users["salesperson"]).find_employees("", self.company.id)

    def test_employees_of_the_company(self):
        """Those of another company are neither found nor meant."""
        second = self.setup_other_company(name="Second Ltd")["company"]
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "company_id": second.id}
        )
        self.assertIn("no employee", self.read_text("Stranger\t5")["errors"][0])
        with self.assertRaisesRegex(UserError, "do not work in this company"):
            self.payrolls().read_paste("E001\t5", [], second.id)
        self.assert_refused(self.payroll, rows={"lines": [self.row(stranger, wages=1)]})

    def test_finding_employees(self):
        found = self.payrolls().find_employees("E001", self.company.id)
        self.assertEqual([row["partner_id"] for row in found], [self.one.id])
        found = self.payrolls().find_employees("", self.company.id)
        self.assertNotIn(self.customer.id, [row["partner_id"] for row in found])
        self.assertEqual(len(found), 8)
