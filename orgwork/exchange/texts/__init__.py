"""This room is for reading papers and reports in four languages: documents cited, people, figures, tasks.

Rules and lexicons that a person can read (``lexicon/*.yaml``), no hidden model. What comes out are proposals
with their exact place in the text; nothing is written until a person has accepted it.
"""
