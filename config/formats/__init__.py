"""This room is for what Django's own formats of a language leave out."""
