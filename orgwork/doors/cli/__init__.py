"""Commands for those who run the machine."""
