"""A cart: lines of articles, and what they cost together."""

from dataclasses import dataclass, field

from shop.discounts import line_total

FREE_SHIPPING_FROM = 100_00
SHIPPING = 4_90


@dataclass
class Cart:
    """Articles by their number, with price and quantity."""

    lines: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, article: str, unit_cents: int, quantity: int = 1) -> None:
        """Put so many pieces more of an article in."""
        _, before = self.lines.get(article, (unit_cents, 0))
        self.lines[article] = (unit_cents, before + quantity)

    def goods(self) -> int:
        """What the goods cost, in cents."""
        return sum(line_total(unit, quantity) for unit, quantity in self.lines.values())

    def total(self) -> int:
        """What the order costs with shipping, in cents."""
        goods = self.goods()
        return goods if goods >= FREE_SHIPPING_FROM else goods + SHIPPING
