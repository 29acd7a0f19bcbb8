"""The same doors for a provider's systems: what its pages do, by key, as JSON under /api/v1 (issue 3; decision 0018)."""
