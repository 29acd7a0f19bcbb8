"""Measurements that `./tm bench NAME` prints, with their ratio to the stated limit."""
