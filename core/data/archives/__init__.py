"""What archives are made of: their kinds, their members, and a reader for each of zip and tar."""
