"""The only door to the gate's database roles. Only `proposals.services` may import this package (import-linter)."""
