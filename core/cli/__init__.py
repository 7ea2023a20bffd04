"""The command line, one file a subject; commands import what they need when they run: help is quick."""
