"""This room is for reports: texts and tables whose every figure is a slot that opens to its records."""
