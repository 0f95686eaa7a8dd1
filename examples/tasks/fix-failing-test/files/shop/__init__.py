"""A small shop: articles, discounts, carts."""
