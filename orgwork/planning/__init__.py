"""What we aim at."""
