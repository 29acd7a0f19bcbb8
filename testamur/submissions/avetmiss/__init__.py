"""The AVETMISS VET Provider Collection, release 8.0: NAT files from bytes to findings and typed frames."""
