"""Documents of AQF certification and of higher education: what goes in, what must appear, and the PDF that comes out."""
