import unittest

from shop.discounts import line_total, percent_off


class DiscountTest(unittest.TestCase):
    def test_few_pieces_get_none(self):
        self.assertEqual(percent_off(9), 0)

    def test_ten_pieces_get_five_percent(self):
        self.assertEqual(percent_off(10), 5)

    def test_many_pieces_get_the_highest(self):
        self.assertEqual(percent_off(250), 15)

    def test_a_line_is_rounded_half_up(self):
        self.assertEqual(line_total(33, 15), 470)


if __name__ == "__main__":
    unittest.main()
