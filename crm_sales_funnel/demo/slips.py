"""Printed slips: their numbers, one that is void and one of another version."""

PRINTED = 12  # so many deliveries that are done


def create_slips(story):
    """Give slips numbers of the year, and print those of the latest deliveries."""
    env = story.env
    for kind, prefix in (("delivery", "XS{year}-"), ("return", "XT{year}-")):
        env["funnel.print.sequence"].create(
            {
                "warehouse_id": story.warehouse.id,
                "kind": kind,
                "prefix": prefix,
                "restart": "yearly",
            }
        )
    pickings = env["stock.picking"]
    domain = [
        ("company_id", "=", story.company.id),
        ("picking_type_id.code", "=", "outgoing"),
    ]
    done = pickings.search(
        [*domain, ("state", "=", "done")],
        order="date_done DESC, id DESC",
        limit=PRINTED,
    )
    for picking in done.sorted("date_done"):
        _print(story, picking)
    _void(story, done[3])
    _print(story, done[0], "warehouse")  # once more
    waiting = pickings.search(
        [*domain, ("state", "=", "assigned")], order="scheduled_date, id", limit=1
    )
    _print(story, waiting)
    _print_with_less(story, waiting)


def _print(story, picking, login="orderdesk"):
    """Note a print as it is noted when the file is made."""
    layout = story.env["funnel.print.layout"].browse(
        story.ref("funnel_print_layout_slip_241_prices")
    )
    picking.with_user(story.users[login])._print_begin(layout, "pdf")


def _void(story, picking):
    slip = picking.slip_ids.with_user(story.users["orderdesk"]).sudo()
    slip._void("打错客户，重打 (wrong customer)")
    _print(story, picking)


def _print_with_less(story, picking):
    """The customer takes less than was printed: the slip is printed anew."""
    move = picking.move_ids[:1]
    move.product_uom_qty = max(1, move.product_uom_qty - 1)
    _print(story, picking)
