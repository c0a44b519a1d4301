"""Lists: filters, keyset pages and totals."""
