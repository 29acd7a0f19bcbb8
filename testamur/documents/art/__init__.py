"""The register's own art as committed SVG files, and the script that draws them."""
