"""What is wrong with a data set before any model has seen it: odd images, duplicates, labels that cannot be."""
