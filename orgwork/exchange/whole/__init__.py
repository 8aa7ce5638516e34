"""The whole register at once: backup and restore, moving between engines, open files."""
