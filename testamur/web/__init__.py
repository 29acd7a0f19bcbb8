"""HTTP, one package per audience. Parse, call one action or query, answer."""
