"""What some customers call the products they buy."""

CUSTOMERS = 6  # who have codes of their own


def create_item_codes(story):
    """Give the favourite articles of some Chinese customers the customer's codes."""
    chinese = [c for c in story.customers.values() if c.speaks_chinese][:CUSTOMERS]
    story.env["funnel.customer.product"].create(
        [
            {
                "partner_id": customer.partner.id,
                "product_id": product.id,
                "code": f"{10 + place}.{4000 + 7 * number}",
                "specification": "按图纸" if number % 4 == 0 else False,
                "company_id": story.company.id,
            }
            for place, customer in enumerate(chinese)
            for number, product in enumerate(customer.favourites)
        ]
    )
