from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ..models.printing.funnel_print_sequence import HIGHEST
from .test_printing_slip_number import SlipNumberCommon


@tagged("post_install", "-at_install")
class TestPrintingSlipSequence(SlipNumberCommon):
    """Numbers that begin alike are told apart, and numbers come to an end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sequence.write({"restart": "never", "prefix": "X"})

    def setUp(self):
        super().setUp()
        self.deliver(self.picking, 7)

    def other(self, **values):
        """Return another sequence, for returns unless told."""
        return self.sequence.copy({"kind": "return", "number_next": 1, **values})

    def print_return(self):
        return self.print_slip(self.give_back(self.picking, 1))

    def test_a_longer_prefix_has_numbers_of_its_own(self):
        for prefix, digits, printed in (
            ("X9", 4, "X90001"),  # of as many digits: a number of five after X
            ("X-", 4, "X-0001"),
            ("X{yy}", 3, "X26001"),
        ):
            with (
                self.subTest(prefix=prefix),
                freeze_time("2026-03-09"),
                self.cr.savepoint() as savepoint,
            ):
                self.other(prefix=prefix, padding=digits)
                self.assertEqual(self.print_return().number, printed)
                for padding in (4, 5):
                    self.sequence.write({"number_next": 3, "padding": padding})
                slip = self.print_slip(self.picking)
                self.assertEqual(slip.number, "X00003")
                savepoint.rollback()

    def test_of_another_year_too(self):
        with freeze_time("2025-03-09"):
            self.other(prefix="X{yy}", padding=3)
            self.assertEqual(self.print_return().number, "X25001")
        with freeze_time("2026-03-09"):
            self.sequence.write({"number_next": 3, "padding": 5})
            self.assertEqual(self.sequence.example, "X00003")

    def test_more_digits_than_the_next_number_has(self):
        """A prefix that was longer once, of the same slips."""
        self.sequence.prefix = "X9"
        self.print_slip(self.picking)
        self.sequence.write({"prefix": "X", "number_next": 1})
        self.print_slip(self.new_delivery())
        self.sequence.write({"number_next": 9, "padding": 4})
        with (
            self.assertRaisesRegex(ValidationError, "X90002 is free"),
            self.cr.savepoint(),
        ):
            self.sequence.number_next = 90001
        self.sequence.number_next = 90002

    def test_numbers_that_have_grown_longer(self):
        self.sequence.write({"padding": 1, "number_next": 9})
        slips = self.print_slip(self.picking | self.new_delivery())
        self.assertEqual(set(slips.mapped("number")), {"X9", "X10"})
        for number in (1, 9, 10):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(ValidationError, "X11 is free"),
                self.cr.savepoint(),
            ):
                self.sequence.number_next = number
        self.sequence.padding = 4  # from now on
        self.assertEqual(self.sequence.example, "X0011")

    def test_a_prefix_that_another_sequence_had(self):
        other = self.other(prefix="R")
        self.print_return()
        other.prefix = "T"
        with self.assertRaisesRegex(ValidationError, "R0002 is free"):
            self.sequence.write({"prefix": "R", "number_next": 1})

    def test_numbers_of_a_company_stay_unique(self):
        self.other(prefix="X9")
        self.print_return()
        with (
            self.assertRaisesRegex(ValidationError, "X90002 is free"),
            self.cr.savepoint(),
        ):
            self.sequence.number_next = 90001
        self.sequence.number_next = 90002
        self.assertEqual(self.print_slip(self.picking).number, "X90002")

    def test_a_new_sequence_begins_where_another_was(self):
        self.sequence.number_next = 1001
        self.assertEqual(self.print_slip(self.picking).number, "X1001")
        with (
            self.assertRaisesRegex(ValidationError, "X1002 is free"),
            self.cr.savepoint(),
        ):
            self.other(prefix="X1", padding=3)
        other = self.other(prefix="X1", padding=3, number_next=2)
        self.assertEqual(other.example, "X1002")
        self.assertEqual(self.print_return().number, "X1002")

    def test_numbers_that_another_gave_are_passed_over(self):
        self.other(prefix="X1", padding=3)
        self.sequence.number_next = 1000
        back = [self.give_back(self.picking, 1) for _ in range(4)]
        for picking in back:
            self.print_slip(picking)  # X1001 to X1004
        some = self.new_delivery() | self.new_delivery()
        self.assertEqual(self.print_slip(self.picking).number, "X1000")
        self.assertEqual(self.sequence.example, "X1005")
        slips = self.print_slip(some)
        self.assertEqual(set(slips.mapped("number")), {"X1005", "X1006"})
        self.assertEqual(self.sequence.number_next, 1007)

    def test_numbers_that_another_gave_in_between(self):
        other = self.other(prefix="X1", padding=3, number_next=2)
        self.print_return()
        self.sequence.number_next = 1001
        some = self.picking | self.new_delivery() | self.new_delivery()
        slips = self.print_slip(some)
        self.assertEqual(set(slips.mapped("number")), {"X1001", "X1003", "X1004"})
        self.assertEqual(other.example, "X1005")
        self.assertEqual(other._take(1), ["X1005"])

    def test_nothing_free_is_left_before_the_end(self):
        self.other(prefix="X99999999", padding=1, number_next=9)
        self.print_return()  # as X and the highest
        self.sequence.number_next = HIGHEST - 1
        with self.assertRaisesRegex(ValidationError, "run out"), self.cr.savepoint():
            self.sequence._take(2)
        self.assertEqual(self.sequence._take(1), [f"X{HIGHEST - 1}"])
        with self.assertRaisesRegex(ValidationError, "run out"):
            self.sequence._take(1)

    def test_queries_do_not_grow_with_the_numbers_of_others(self):
        sequence = self.sequence.copy({"kind": "receipt", "prefix": "Y"})
        slips = self.env["funnel.print.slip"].sudo()  # nobody makes them by hand
        values = {"kind": "return", "company_id": self.company.id, "picking_name": "x"}
        slips.create([{**values, "number": f"Y{n:04}"} for n in range(3, 1003)])
        counts = []
        sequence._take(1)  # what is read once
        for number in ("Y0002", "Y1003", "Y1004"):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(sequence._take(1), [number])
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[2])
        self.assertLessEqual(counts[1], counts[0] + 10)

    def test_numbers_beyond_the_end_are_refused(self):
        for values in (
            {"number_next": HIGHEST + 1},
            {"number_next": 2**31 - 1},
            {"number_next": 2**40},
            {"number_next": 0},
            {"padding": 13},
            {"padding": 0},
        ):
            with self.subTest(**values):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self.sequence.write(values)
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self.other(prefix="Y", **values)

    def test_the_last_number_is_given(self):
        self.sequence.number_next = HIGHEST
        slip = self.print_slip(self.picking)
        self.assertEqual(slip.number, f"X{HIGHEST}")
        with self.assertRaisesRegex(ValidationError, "run out"), self.cr.savepoint():
            self.print_slip(self.new_delivery())
        self.sequence.write({"prefix": "Z", "number_next": 1})
        self.assertEqual(self.print_slip(self.new_delivery()).number, "Z0001")

    def test_a_number_from_before_there_was_an_end(self):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE funnel_print_sequence SET number_next = 2147483647 WHERE id = %s",
            [self.sequence.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(ValidationError, "run out"):
            self.print_slip(self.picking)
