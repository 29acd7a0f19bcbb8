"""Rule tables (TOML) and the one evaluator that reads them."""
