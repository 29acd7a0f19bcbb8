"""Pages of the regulator's staff: the register of providers, closures, and students' cases."""
