"""Argon2 at the least cost it allows, for tests: the same code and format as the product's, without its tenth of a second.

A test makes several accounts and signs in; at full cost a third of the suite's time went into hashing one password.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that any machine computes at once; fit for passwords that protect nothing."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
