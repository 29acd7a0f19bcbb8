"""The data file of the Client Qualifications Register, version 2.00 (formats as providers' systems wrote it; CQR-03 to 05)."""
