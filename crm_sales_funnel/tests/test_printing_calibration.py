import io

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingCalibration(PrintingCommon, HttpCase):
    def fetch(self, role, url):
        self.authenticate(self.users[role].login, self.users[role].login)
        return self.url_open(url)

    def test_from_a_layout_and_from_a_paper(self):
        self.with_prices.write({"offset_x": 15, "offset_y": -8})
        paper = self.with_prices.paper_id
        for record in (self.with_prices, paper):
            response = self.fetch("manager", record.action_print_calibration()["url"])
            (page,) = PdfFileReader(io.BytesIO(response.content)).pages
            self.assertIn("5.5in", "".join(page.extract_text().split()))
            self.assertAlmostEqual(float(page.mediabox.height), 396, delta=1)

    @mute_logger("odoo.http")
    def test_others(self):
        url = f"/funnel/print/calibration/{self.with_prices.paper_id.id}"
        self.assertEqual(self.fetch("warehouse", url).status_code, 200)
        self.assertEqual(self.fetch("warehouse", url + "9999").status_code, 404)
        self.new_role_user("no_role")
        self.authenticate("no_role", "no_role")
        self.assertGreaterEqual(self.url_open(url).status_code, 400)
