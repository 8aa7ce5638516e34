"""What it amounts to: figures, comparisons, reports."""
