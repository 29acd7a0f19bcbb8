"""The written documentation that follows from the product itself: rules, facts and states. Never edited by hand."""
