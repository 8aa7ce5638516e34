"""This room is for decisions written from their cases: as Word and as PDF, in the layout of the office."""
