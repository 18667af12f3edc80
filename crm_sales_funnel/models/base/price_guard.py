from odoo import api, models


class PriceGuard(models.AbstractModel):
    """Mixin for models with prices: whoever works in the warehouse alone reads the
    document but none of its amounts, by whatever way the server is asked.

    All monetary fields are withheld, and those named in ``_price_fields``. Code that
    runs as superuser (stored computations, posting) is not affected.
    """

    _name = "funnel.price.guard"
    _description = "Keeps Prices from Users Who Must Not See Them"

    _price_fields = frozenset()
    # What prices follow from: read by everybody, changed by who sees the prices.
    _price_terms = frozenset()

    def _is_price(self, field) -> bool:
        return field.type == "monetary" or field.name in self._price_fields

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            self.env.su
            or not (
                self._is_price(field)
                or (operation == "write" and field.name in self._price_terms)
            )
            or self.env.user._funnel_sees_prices()
        )

    def _withheld_fields(self) -> set[str]:
        """Return the names of the fields that the current user is kept from."""
        if self.env.user._funnel_sees_prices():
            return set()
        return {name for name, field in self._fields.items() if self._is_price(field)}

    # Some models are ordered by price where nobody asks for an order.

    def _order_to_sql(self, order, query, alias=None, reverse=False):
        if not order or order == self._order:
            order = self._get_readable_order()
        return super()._order_to_sql(order, query, alias=alias, reverse=reverse)

    def _sorted_order_to_function(self, order):
        if order == self._order:
            order = self._get_readable_order()
        return super()._sorted_order_to_function(order)

    def _get_readable_order(self) -> str:
        """Return the default order without the fields that are withheld."""
        withheld = set() if self.env.su else self._withheld_fields()
        if not withheld:
            return self._order
        terms = self._order.split(",")
        return ",".join(term for term in terms if term.split()[0] not in withheld)


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "funnel.price.guard"]

    _price_terms = frozenset({"tax_ids"})
    _price_fields = frozenset(
        {
            "amount_to_invoice_at_date",
            "discount",
            "margin",
            "margin_percent",
            "price_tax",
            "price_unit",
            "purchase_price",
            "technical_price_unit",
        }
    )


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "funnel.price.guard"]

    _price_terms = frozenset({"tax_ids"})
    _price_fields = frozenset(
        {
            "amount_to_invoice_at_date",
            "discount",
            "price_tax",
            "price_total_cc",
            "price_unit",
            "price_unit_discounted",
            "price_unit_product_uom",
            "technical_price_unit",
        }
    )


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "funnel.price.guard"]

    _price_fields = frozenset({"list_price", "standard_price", "tax_string"})


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "funnel.price.guard"]

    _price_fields = frozenset(
        {
            "list_price",
            "lst_price",
            "price_extra",
            "standard_price",
            "suggest_estimated_price",
            "tax_string",
        }
    )

    def _prepare_sellers(self, *args, **kwargs):
        # sudo: which vendor comes first may depend on the prices, and the dates of
        # receipts and the units of a product depend on the vendor.
        sellers = super(ProductProduct, self.sudo())._prepare_sellers(*args, **kwargs)
        return sellers.with_env(self.env)

    def _select_seller(self, *args, **kwargs):
        # sudo: as above.
        seller = super(ProductProduct, self.sudo())._select_seller(*args, **kwargs)
        return seller.with_env(self.env)


class ProductSupplierinfo(models.Model):
    _name = "product.supplierinfo"
    _inherit = ["product.supplierinfo", "funnel.price.guard"]

    _price_fields = frozenset({"discount", "price", "price_discounted"})

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Name the vendor alone to those who are kept from the price.

        Not asked of the environment: where a many2one is read, the names of its
        records are computed as superuser.
        """
        if self.env.user._funnel_sees_prices():
            return super()._compute_display_name()
        for seller in self:
            seller.display_name = seller.partner_id.display_name


class ProductPricelistItem(models.Model):
    _name = "product.pricelist.item"
    _inherit = ["product.pricelist.item", "funnel.price.guard"]

    _price_fields = frozenset(
        {
            "fixed_price",
            "percent_price",
            "price",
            "price_discount",
            "price_markup",
            "price_max_margin",
            "price_min_margin",
            "price_surcharge",
        }
    )


class StockMove(models.Model):
    _name = "stock.move"
    _inherit = ["stock.move", "funnel.price.guard"]

    _price_fields = frozenset(
        {
            "price_unit",
            "standard_price",
            "value_computed_justification",
            "value_justification",
        }
    )

    def _as_valuer(self):
        """Return the moves so that their cost can be reckoned with.

        Copying, confirming, merging, splitting and doing a move read and write its
        value. The one who moves the goods causes that, also without seeing it.
        """
        if self.env.su or self.env.user._funnel_sees_prices():
            return self
        self.check_access("write")
        return self.sudo()  # the access to the moves themselves was just checked

    def copy_data(self, default=None):
        vals_list = super(StockMove, self._as_valuer()).copy_data(default)
        if not self.env.su:
            for name in self._withheld_fields():
                for vals in vals_list:
                    vals.pop(name, None)
        return vals_list

    def _action_confirm(self, *args, **kwargs):
        moves = super(StockMove, self._as_valuer())._action_confirm(*args, **kwargs)
        return moves.with_env(self.env)

    def _action_done(self, *args, **kwargs):
        moves = super(StockMove, self._as_valuer())._action_done(*args, **kwargs)
        return moves.with_env(self.env)

    def _merge_moves(self, *args, **kwargs):
        moves = super(StockMove, self._as_valuer())._merge_moves(*args, **kwargs)
        return moves.with_env(self.env)

    def _split(self, *args, **kwargs):
        return super(StockMove, self._as_valuer())._split(*args, **kwargs)

    def _set_value(self, *args, **kwargs):
        return super(StockMove, self._as_valuer())._set_value(*args, **kwargs)


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "funnel.price.guard"]

    _price_fields = frozenset({"standard_price"})


class StockQuant(models.Model):
    _name = "stock.quant"
    _inherit = ["stock.quant", "funnel.price.guard"]


class ProductValue(models.Model):
    _name = "product.value"
    _inherit = ["product.value", "funnel.price.guard"]

    _price_fields = frozenset(
        {
            "computed_value_description",
            "current_value_description",
            "current_value_details",
        }
    )


class StockAvcoReport(models.AbstractModel):
    _name = "stock.avco.report"
    _inherit = ["stock.avco.report", "funnel.price.guard"]

    _price_fields = frozenset(
        {"added_value", "avco_value", "justification", "total_value", "value"}
    )


class ProductAttributeValue(models.Model):
    _name = "product.attribute.value"
    _inherit = ["product.attribute.value", "funnel.price.guard"]

    _price_fields = frozenset({"default_extra_price"})


class ProductTemplateAttributeValue(models.Model):
    _name = "product.template.attribute.value"
    _inherit = ["product.template.attribute.value", "funnel.price.guard"]

    _price_fields = frozenset({"price_extra"})


class ProductCombo(models.Model):
    _name = "product.combo"
    _inherit = ["product.combo", "funnel.price.guard"]

    _price_fields = frozenset({"base_price"})


class ProductComboItem(models.Model):
    _name = "product.combo.item"
    _inherit = ["product.combo.item", "funnel.price.guard"]

    _price_fields = frozenset({"extra_price", "lst_price"})


class CrmTeam(models.Model):
    _name = "crm.team"
    _inherit = ["crm.team", "funnel.price.guard"]

    _price_fields = frozenset({"invoiced", "invoiced_target"})
