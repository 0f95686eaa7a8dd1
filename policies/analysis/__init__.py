"""Policies held to account: checked, tested, compared, and held against what agents did."""
