"""Certificates that a provider issued, with what AVETMISS lacks: number, issue date, language, statements of attainment.

The format `certificates` (CSV and workbooks); its sheet rules, frames and days serve the CQR data file too.
"""
