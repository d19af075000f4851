"""Whole copies of databases: SQLite's files, and all rows as text."""
