"""Where people and programs come in: pages, API and commands."""
