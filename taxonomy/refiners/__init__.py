"""Models that may be asked about the steps on which the rules are not sure; off by default."""
