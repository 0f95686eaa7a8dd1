"""Discounts for many pieces of one article."""

TIERS = ((100, 15), (50, 10), (10, 5))


def percent_off(quantity: int) -> int:
    """The discount in percent for so many pieces."""
    for minimum, percent in TIERS:
        if quantity > minimum:
            return percent
    return 0


def line_total(unit_cents: int, quantity: int) -> int:
    """What a line costs in cents, rounded half up."""
    full = unit_cents * quantity
    return (full * (100 - percent_off(quantity)) + 50) // 100
