"""Training products and courses of study as the national registers list them, with every dated copy that was loaded."""
