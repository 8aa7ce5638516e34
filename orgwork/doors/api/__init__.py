"""The API for programs, under /api/."""
