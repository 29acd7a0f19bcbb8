"""Give back what a provider has lodged, in each format it came in, and as ASQA-style student data (formats 6)."""
