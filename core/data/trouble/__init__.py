"""What a scan finds in the pixels of a data set, whatever its labels: odd images, duplicates, a map of all."""
