"""This room is for tables to try the foundation on: no party, no state, only facts with two times."""
