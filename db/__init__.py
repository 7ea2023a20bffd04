"""The ground floor: every word, row and transaction of Errata."""
