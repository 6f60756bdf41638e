"""The metric definitions a second time: a slow oracle, adversarial data and the comparison with the product."""
