"""Art of certification documents: engraved grounds and frames of the register, and a made-up provider's marks."""
