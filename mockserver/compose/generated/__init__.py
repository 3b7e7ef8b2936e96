"""The parts of a generated reply: its language, sentences, JSON values, citations, and the cuts the caller asked for."""
