"""Brings up everything the project needs; runs on Python's standard library alone.

``python3 -m dev`` lists the verbs; the Makefile only names them.
"""
