"""The only way registers change."""
