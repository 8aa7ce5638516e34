"""This room is for the structure as linked data: W3C ORG with its change events, in Turtle and JSON-LD."""
