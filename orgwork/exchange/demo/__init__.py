"""This room is for the demo: a whole province of invented people in the real territories, the same data
every time.

``story()`` tells what happened, in pure Python and without a database; ``build`` writes it down through the
take-over procedure. Everything random comes from one seeded die, so that two machines tell the same story.
"""
