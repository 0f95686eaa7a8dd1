import unittest

from shop.cart import Cart


class CartTest(unittest.TestCase):
    def test_a_small_order_pays_shipping(self):
        cart = Cart()
        cart.add("A-100", 12_50, 2)
        self.assertEqual(cart.total(), 29_90)

    def test_an_order_of_exactly_one_hundred_ships_free(self):
        cart = Cart()
        cart.add("A-100", 25_00, 4)
        self.assertEqual(cart.total(), 100_00)

    def test_the_same_article_twice_is_one_line(self):
        cart = Cart()
        cart.add("B-200", 1_00, 6)
        cart.add("B-200", 1_00, 6)
        self.assertEqual(cart.goods(), 11_40)


if __name__ == "__main__":
    unittest.main()
