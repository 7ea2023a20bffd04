"""Photographs and annotations: files in, arrays and frozen records out. No database, no torch."""
