"""Publishes how workers take the questions of each rule, with small counts hidden."""
