"""How it runs: settings, addresses, database, worker, commands."""
