"""Turns the JSON results of imagemill into one document for people: HTML, PDF, or both."""
