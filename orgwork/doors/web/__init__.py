"""The web door: pages for people. Form or address in, one procedure or one reading, page out."""
