from odoo import models

from ..printing.funnel_print_document import PrintField

# Column of a document -> field of the customer's item.
COLUMNS = {
    "customer_code": "code",
    "customer_name": "name",
    "customer_specification": "specification",
}


class FunnelPrintDocument(models.AbstractModel):
    """What customers call the products, as columns of the documents."""

    _inherit = "funnel.print.document"

    def _print_customer_columns(self):
        return [
            PrintField("customer_code", self.env._("Customer's item code")),
            PrintField("customer_name", self.env._("Customer's name of the product")),
            PrintField(
                "customer_specification", self.env._("Customer's specification")
            ),
        ]

    def _print_customer_values(self, lines, wanted, get_document):
        """Return line id -> what the customer calls the product.

        :param lines: lines with a ``product_id``
        :param wanted: keys of the columns that the layout has
        :param get_document: line -> its document, with customer and company
        """
        columns = {key: COLUMNS[key] for key in wanted & COLUMNS.keys()}
        if not columns or not lines:
            return {}
        documents = {line: get_document(line) for line in lines}
        records = self.browse().union(*documents.values())
        # sudo: who may print a document may know what its customer calls the goods.
        items = self.env["funnel.customer.product"].sudo()
        customers = {
            record: record._print_partner().commercial_partner_id
            for record in records.sudo()  # sudo: as above
        }
        # sudo: as above.
        partners = self.env["res.partner"].sudo().union(*customers.values())
        found = {
            company: items._find(partners, lines.product_id, company)
            for company in records.company_id
        }
        values = {}
        for line, document in documents.items():
            by_product = found.get(document.company_id, {})
            sold = customers[document].id, line.product_id.id
            item = by_product.get(sold, items)
            values[line.id] = {key: item[fname] for key, fname in columns.items()}
        return values
