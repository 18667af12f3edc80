"""What the company sells: 150 articles in boxes, cartons, pairs and pieces."""

from odoo import Command

from .story import read_rows

CATEGORIES = {
    "fasteners": ("Fasteners", "紧固件"),
    "tools": ("Hand Tools", "手动工具"),
    "safety": ("Safety Gear", "劳保用品"),
    "cutting": ("Cutting and Grinding", "切削磨具"),
    "supplies": ("Supplies", "耗材"),
}
UNITS = {
    # key: (name, Chinese name, pieces in it)
    "box50": ("Box of 50", "盒(50个)", 50),
    "box100": ("Box of 100", "盒(100个)", 100),
    "carton12": ("Carton of 12", "箱(12个)", 12),
    "pair": ("Pair", "双", None),  # not made of pieces
    # Odoo calls its own one 单位, which no slip can show.
    "piece": ("Piece", "个", 1),
}


def create_products(story):
    """Make the articles and count a year's goods into the warehouse."""
    env = story.env
    rows = read_rows("products")
    units = _create_units(story)
    categories = env["product.category"].create(
        [{"name": name} for name, _zh in CATEGORIES.values()]
    )
    for category, (_name, zh) in zip(categories, CATEGORIES.values(), strict=True):
        story.translate(category, zh)
    categories = dict(zip(CATEGORIES, categories, strict=True))
    story.products = env["product.product"].create(
        [
            {
                "name": row["name"],
                "default_code": row["code"],
                "company_id": story.company.id,
                "type": "consu",
                "is_storable": True,
                "categ_id": categories[row["category"]].id,
                "uom_id": units[row["uom"]].id,
                "uom_ids": [Command.set(units[row["pack"]].ids)] if row["pack"] else [],
                "list_price": float(row["price"]),
                "standard_price": float(row["cost"]),
                "invoice_policy": "delivery",
            }
            for row in rows
        ]
    )
    for product, row in zip(story.products, rows, strict=True):
        story.translate(product, row["name_zh"])
    _fill_warehouse(story)


def _create_units(story):
    """Return the units of measure by key."""
    single = story.env.ref("uom.product_uom_unit")
    units = story.env["uom.uom"].create(
        [
            {
                "name": name,
                "relative_factor": pieces or 1,
                "relative_uom_id": single.id if pieces else False,
            }
            for name, _zh, pieces in UNITS.values()
        ]
    )
    for unit, (_name, zh, _pieces) in zip(units, UNITS.values(), strict=True):
        story.translate(unit, zh)
    return dict(zip(UNITS, units, strict=True))


def _fill_warehouse(story):
    quants = (
        story.env["stock.quant"]
        .with_context(inventory_mode=True)
        .create(
            [
                {
                    "product_id": product.id,
                    "location_id": story.warehouse.lot_stock_id.id,
                    "inventory_quantity": story.dice.randrange(3000, 9000, 10),
                }
                for product in story.products
            ]
        )
    )
    quants._apply_inventory(date=story.moment(366))
