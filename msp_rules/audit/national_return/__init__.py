"""Counts the tables of the national return (Safeguarding Adults Collection), as an aid to it."""
