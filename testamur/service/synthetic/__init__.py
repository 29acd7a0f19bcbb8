"""Made-up data of any size for demos, tests and benches. No person in it exists."""
