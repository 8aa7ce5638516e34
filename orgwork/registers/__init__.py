"""What is true, and since when."""
