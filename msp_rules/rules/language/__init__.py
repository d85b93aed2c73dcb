"""What a rule may say: conditions, the decoder, the schema derived from it, wording and lint."""
